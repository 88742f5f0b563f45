use proptest::prelude::*;

use super::super::events::{Names, People};
use super::*;

const DAY: f64 = 86400.0;

fn fails<T: std::fmt::Debug>(result: Result<T>) -> (crate::ErrorCode, Option<String>) {
    let error = result.unwrap_err();
    (error.code(), error.field_name().map(str::to_owned))
}

#[test]
fn refunds_belong_to_the_month_they_were_made_in() {
    let times = [1.0, 2.0, 40.0, 41.0, 70.0].map(|day| day * DAY);
    let people = || People::of(["a", "b", "a", "a", "c"]);
    let payments = Payments::new(&times[..], people(), &[1000, 500, -400, 300, 1][..], "JPY").unwrap();
    let answer = revenue(&payments, &RevenueOptions::default()).unwrap();
    let months: Vec<_> =
        answer.periods.iter().map(|own| (own.label.as_str(), own.gross, own.refunds, own.payers)).collect();
    assert_eq!(months, [("1970-01-01", 1500, 0, 2), ("1970-02-01", 300, 400, 1), ("1970-03-01", 1, 0, 1)]);
    assert_eq!((answer.gross, answer.refunds, answer.net, answer.payers), (1801, 400, 1401, 3));
    assert_eq!((answer.periods[1].net, answer.periods[1].refund_count), (-100, 1));
    assert!(answer.periods[1].complete && !answer.periods[2].complete);
}

#[test]
fn currencies_are_never_mixed() {
    let currencies = Names::of(["EUR", "USD", "EUR"].map(Some));
    let payments = Payments::new(&[0.0; 3][..], People::of(["a", "b", "c"]), &[1, 20, 300][..], currencies).unwrap();
    let data = crate::ErrorCode::DataInvalid;
    assert_eq!(fails(revenue(&payments, &RevenueOptions::default())), (data, Some("currency".into())));
    let chosen = |code: &str| {
        let options = RevenueOptions { currency: Some(code.into()), ..RevenueOptions::default() };
        revenue(&payments, &options).map(|answer| (answer.currency, answer.gross))
    };
    assert_eq!(chosen("EUR").unwrap(), ("EUR".to_owned(), 301));
    assert_eq!(chosen("GBP").unwrap(), ("GBP".to_owned(), 0));
    assert_eq!(fails(chosen("euro")), (crate::ErrorCode::ConfigInvalid, Some("currency".into())));
    let table = vec!["USD".to_owned(), "EUR".into()];
    let unused = Payments::new(&[0.0][..], People::of(["a"]), &[5][..], Names::coded(vec![1], table).unwrap()).unwrap();
    assert_eq!(revenue(&unused, &RevenueOptions::default()).unwrap().currency, "EUR");
    let wrong = Payments::new(&[0.0][..], People::of(["a"]), &[1][..], "$");
    assert_eq!(fails(wrong), (data, Some("currency".into())));
}

#[test]
fn sums_that_no_language_holds_exactly_are_refused() {
    let most = (1_i64 << 53) - 1;
    let data = crate::ErrorCode::DataInvalid;
    let two = Payments::new(&[0.0, 0.0][..], People::of(["a", "b"]), vec![most, 1], "USD").unwrap();
    assert_eq!(fails(revenue(&two, &RevenueOptions::default())), (data, Some("amount".into())));
    let one = Payments::new(&[0.0][..], People::of(["a"]), &[i64::MIN][..], "USD");
    assert_eq!(fails(one), (data, Some("amount[0]".into())));
}

/// Months from January 1970 on: 31, 28, 31 days and so on.
fn month(index: usize) -> f64 {
    [0.0, 31.0, 59.0, 90.0, 120.0, 151.0][index] * DAY
}

fn monthly(rows: &[(&'static str, f64, Option<f64>, i64, u32)]) -> Mrr {
    let people = People::of(rows.iter().map(|row| row.0));
    let starts: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let ends: Vec<Option<f64>> = rows.iter().map(|row| row.2).collect();
    let amounts: Vec<i64> = rows.iter().map(|row| row.3).collect();
    let months: Vec<u32> = rows.iter().map(|row| row.4).collect();
    let subscriptions = Subscriptions::new(people, &starts[..], &ends, amounts, months, "USD").unwrap();
    mrr(&subscriptions, &MrrOptions { until: Some(month(4)), ..MrrOptions::default() }).unwrap()
}

#[test]
fn every_movement_has_its_name() {
    let day = DAY;
    let answer = monthly(&[
        ("grows", day, Some(month(1) + day), 1000, 1),
        ("grows", month(1) + day, None, 1500, 1),
        ("shrinks", day, Some(month(1) + day), 2400, 12),
        ("shrinks", month(1) + day, None, 100, 1),
        ("leaves and comes back", day, Some(month(1) + day), 700, 1),
        ("leaves and comes back", month(2) + day, None, 600, 1),
        ("only within a month", month(1) + day, Some(month(1) + 2.0 * day), 9000, 1),
        ("until the very end", day, Some(month(1)), 50, 1),
        ("free", day, None, 0, 1),
    ]);
    let row = |at: usize| {
        let own = &answer.periods[at].mrr;
        (own.opening, own.new, own.reactivation, own.expansion, own.contraction, own.churn, own.closing)
    };
    assert_eq!(row(0), (0, 1950, 0, 0, 0, 0, 1950));
    assert_eq!(row(1), (1950, 0, 0, 500, 100, 750, 1600));
    assert_eq!(row(2), (1600, 0, 600, 0, 0, 0, 2200));
    let second = &answer.periods[1];
    assert_eq!((second.customers.opening, second.customers.churn, second.customers.closing), (4, 2, 2));
    assert_eq!((second.arr, second.logo_churn), (19_200, Some(0.5)));
    assert_eq!(second.revenue_churn, Some(750.0 / 1950.0));
    assert_eq!((second.net_retention, second.gross_retention), (Some(1600.0 / 1950.0), Some(1100.0 / 1950.0)));
    assert_eq!(answer.periods[0].logo_churn, None);
}

#[test]
fn a_year_is_divided_half_to_even() {
    let closing = |amount, months| monthly(&[("a", 0.0, None, amount, months)]).periods[0].mrr.closing;
    assert_eq!([closing(6, 12), closing(18, 12), closing(7, 12), closing(1000, 12), closing(1, 1)], [0, 2, 1, 83, 1]);
}

#[test]
fn subscriptions_that_cannot_be_are_named() {
    let make = |end: Option<f64>, amount: i64, months: u32| {
        fails(Subscriptions::new(People::of(["a"]), &[10.0][..], &[end], vec![amount], vec![months], "USD")).1
    };
    assert_eq!(make(Some(5.0), 1, 1).as_deref(), Some("end[0]"));
    assert_eq!(make(Some(f64::NAN), 1, 1).as_deref(), Some("end[0]"));
    assert_eq!(make(None, -1, 1).as_deref(), Some("amount[0]"));
    assert_eq!(make(None, 1, 0).as_deref(), Some("months[0]"));
}

proptest! {
    #[test]
    fn movements_are_the_way_from_opening_to_closing(
        rows in prop::collection::vec(
            (0..6_i64, 0..140_u32, prop::option::of(0..60_u32), 0..9000_i64, 1..13_u32),
            1..30,
        ),
    ) {
        let day = |days: u32| f64::from(days) * DAY;
        let people: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let starts: Vec<f64> = rows.iter().map(|row| day(row.1)).collect();
        let ends: Vec<Option<f64>> = rows.iter().map(|row| row.2.map(|length| day(row.1 + length))).collect();
        let amounts: Vec<i64> = rows.iter().map(|row| row.3).collect();
        let months: Vec<u32> = rows.iter().map(|row| row.4).collect();
        let all = Subscriptions::new(People::integers(&people), &starts[..], &ends, amounts, months, "USD").unwrap();
        let mut before = 0;
        for own in mrr(&all, &MrrOptions::default()).unwrap().periods {
            let sums = &own.mrr;
            prop_assert_eq!(sums.opening, before);
            let moved = sums.new + sums.reactivation + sums.expansion - sums.contraction - sums.churn;
            prop_assert_eq!(sums.opening + moved, sums.closing);
            prop_assert!(sums.closing >= 0 && own.customers.closing >= 0);
            prop_assert_eq!(own.customers.closing == 0, sums.closing == 0);
            before = sums.closing;
        }
    }
}
