//! What threads share. In a build with `--cfg shuttle` it is replaced by what has the same names but lets a test say which thread
//! goes on after each step (`tests/interleaved.rs`).

#[cfg(not(shuttle))]
pub(super) use parking_lot::Mutex;
#[cfg(not(shuttle))]
pub(super) use std::sync::atomic;

#[cfg(shuttle)]
pub(super) use self::stepped::Mutex;
#[cfg(shuttle)]
pub(super) use shuttle::sync::atomic;

#[cfg(shuttle)]
mod stepped {
    use std::sync::PoisonError;

    use shuttle::sync::MutexGuard;

    /// A mutex with the calls of `parking_lot`.
    #[derive(Debug)]
    pub(in super::super) struct Mutex<T>(shuttle::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        pub(in super::super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        pub(in super::super) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock().ok()
        }
    }
}
