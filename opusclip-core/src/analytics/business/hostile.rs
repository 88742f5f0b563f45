//! Whatever columns hold, there is an answer or an error that says why, and an answer survives JSON.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

fn odd_time() -> impl Strategy<Value = f64> {
    let odd = [0.0, -0.0, 1e-7, 2.5e11, -2.5e11, 2.6e11, 1.7e9, f64::NAN, f64::INFINITY, f64::MIN, -1e9];
    prop_oneof![4 => 0.0..1e7_f64, 4 => 1.6e9..1.7e9_f64, 1 => prop::sample::select(odd.to_vec())]
}

fn time() -> impl Strategy<Value = f64> {
    prop_oneof![20 => 1.6e9..1.61e9_f64, 1 => odd_time()]
}

fn amount() -> impl Strategy<Value = i64> {
    let odd = vec![0, 1, -1, i64::MIN, i64::MAX, (1 << 53) - 1, 1 - (1 << 53)];
    prop_oneof![20 => -10_000..10_000_i64, 1 => prop::sample::select(odd)]
}

fn zone() -> impl Strategy<Value = String> {
    let zones =
        ["UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo", "", "../etc/passwd", "utc"];
    prop::sample::select(zones.to_vec()).prop_map(str::to_owned)
}

fn period() -> impl Strategy<Value = Period> {
    prop::sample::select(vec![Period::Day, Period::Week, Period::Month])
}

/// An error names a field or says how to go on; an answer is the same after JSON.
fn sound<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(answer: Result<T>) {
    match answer {
        Ok(answer) => {
            let text = serde_json::to_string(&answer).unwrap();
            assert!(!text.contains("\"sentence\":\"\""));
            assert_eq!(serde_json::from_str::<T>(&text).unwrap(), answer);
        }
        Err(error) => assert!(error.field_name().is_some(), "{error}"),
    }
}

type Rows = Vec<(f64, Option<i64>, i64, usize)>;

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec((time(), prop::option::of(-3..3_i64), amount(), 0..4_usize), 0..25)
}

fn key(id: Option<i64>) -> Key {
    id.map_or_else(|| Key::Text(String::new()), Key::Integer)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn events_of_any_kind_are_counted_or_refused(
        rows in rows(), zone in zone(), period in period(), until in prop::option::of(odd_time()), window in odd_time(),
        short in any::<bool>(),
    ) {
        let names = [None, Some("a"), Some("b"), Some("")].map(|name| name.map(str::to_owned));
        let mut table = EventTable {
            time: rows.iter().map(|row| row.0).collect(),
            user: rows.iter().map(|row| key(row.1)).collect(),
            event: Some(rows.iter().map(|row| names[row.3].clone()).collect()),
            breakdown: Some(rows.iter().map(|row| names[3 - row.3].clone()).collect()),
        };
        if short && rows.len() % 7 == 3 {
            table.user.pop();
        }
        let steps = vec!["a".to_owned(), "b".into()];
        let options = FunnelOptions { steps, window, until, breakdown_limit: 1, ..FunnelOptions::default() };
        for order in [FunnelOrder::Ordered, FunnelOrder::Strict, FunnelOrder::Any] {
            sound(table.events().and_then(|events| funnel(&events, &FunnelOptions { order, ..options.clone() })));
        }
        let options = RetentionOptions { period, time_zone: zone.clone(), until, ..RetentionOptions::default() };
        sound(table.events().and_then(|events| retention(&events, &options)));
        let options = UserOptions { period, time_zone: zone, until, since: until, ..UserOptions::default() };
        sound(table.events().and_then(|events| users(&events, &options)));
    }

    #[test]
    fn money_of_any_kind_is_counted_or_refused(
        rows in rows(), zone in zone(), period in period(), until in prop::option::of(odd_time()),
        mixed in any::<bool>(),
    ) {
        let codes = ["EUR", "USD", "EUR", "EUR"];
        let code = |row: &(f64, Option<i64>, i64, usize)| codes[if mixed { row.3 } else { 0 }].to_owned();
        let currency = CurrencyColumn::Each(rows.iter().map(code).collect());
        let user: Vec<Key> = rows.iter().map(|row| key(row.1)).collect();
        let time: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let amount: Vec<i64> = rows.iter().map(|row| row.2).collect();
        let (amounts, currencies) = (amount.clone(), currency.clone());
        let table = PaymentTable { time: time.clone(), user: user.clone(), amount: amounts, currency: currencies };
        let options = RevenueOptions { period, time_zone: zone.clone(), until, ..RevenueOptions::default() };
        sound(table.payments().and_then(|payments| revenue(&payments, &options)));
        let options = CohortValueOptions { period, time_zone: zone.clone(), until, ..CohortValueOptions::default() };
        sound(table.payments().and_then(|payments| cohort_values(&payments, &options)));
        let options = SummaryOptions { time_zone: zone.clone(), until, ..SummaryOptions::default() };
        sound(table.payments().and_then(|payments| summaries(&payments, &options)));
        let end = rows.iter().map(|row| (row.3 > 0).then_some(row.0 + row.3 as f64 * 1e6)).collect();
        let months = rows.iter().map(|row| row.3 as u32 * 5 + 1).collect();
        let amount = amount.iter().map(|amount| amount.saturating_abs()).collect();
        let table = SubscriptionTable { user, start: time, end, amount, months, currency };
        let options = MrrOptions { period, time_zone: zone, until, ..MrrOptions::default() };
        sound(table.subscriptions().and_then(|subscriptions| mrr(&subscriptions, &options)));
    }

    #[test]
    fn arms_and_rows_of_any_kind_are_compared_or_refused(
        people in prop::sample::select(vec![0, 1, 2, 3, 1000, u64::MAX]), converted in 0..5_u64, mean in odd_time(),
        variance in odd_time(),
        values in prop::collection::vec((any::<bool>(), odd_time(), odd_time()), 0..12),
    ) {
        let shares = Arm::Proportion { people, converted };
        let means = Arm::Mean { people, mean, variance };
        let options = ExperimentOptions::default();
        let all = Arm::Proportion { people: 9, converted: 9 };
        for (control, variant) in [(&shares, &shares), (&means, &means), (&shares, &all)] {
            sound(compare(control, variant, &options));
        }
        let table = DriverTable {
            after: values.iter().map(|row| row.0).collect(),
            value: values.iter().map(|row| row.1).collect(),
            weight: Some(values.iter().map(|row| row.2).collect()),
            dimensions: [("side".to_owned(), values.iter().map(|row| row.0.then(|| "x".to_owned())).collect())].into(),
        };
        sound(table.rows().and_then(|rows| drivers(&rows, &DriverOptions::default())));
        sound(DriverTable { weight: None, ..table }.rows().and_then(|rows| drivers(&rows, &DriverOptions::default())));
    }
}
