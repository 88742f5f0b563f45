//! What a balancer says of itself.
//!
//! | module | what is in it |
//! |---|---|
//! | `snapshot.rs` | numbers of every instance, events |
//! | `exposition.rs` | the same as text for Prometheus |
//! | `explain.rs` | who may have a request and why not |

mod explain;
mod exposition;
mod snapshot;
