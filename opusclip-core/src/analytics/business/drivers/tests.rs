use proptest::prelude::*;

use super::*;

fn table(value: &[f64], weight: Option<&[f64]>, country: &[Option<&str>]) -> DriverTable {
    let half = value.len() / 2;
    let country = country.iter().map(|value| value.map(str::to_owned)).collect();
    DriverTable {
        after: (0..value.len()).map(|row| row >= half).collect(),
        value: value.to_vec(),
        weight: weight.map(<[f64]>::to_vec),
        dimensions: BTreeMap::from([("country".to_owned(), country)]),
    }
}

fn found(table: &DriverTable, limit: usize) -> Drivers {
    drivers(&table.rows().unwrap(), &DriverOptions { limit }).unwrap()
}

#[test]
fn mix_and_rate_are_told_apart() {
    // Ratios stay 0.1 and 0.5; the better half grows from 50 to 75 of 100.
    let mixed =
        table(&[5.0, 25.0, 2.5, 37.5], Some(&[50.0, 50.0, 25.0, 75.0]), &[Some("a"), Some("b"), Some("a"), Some("b")]);
    let answer = found(&mixed, 10);
    assert!((answer.change - 0.1).abs() < 1e-12);
    let sum = |part: fn(&DriverSegment) -> f64| answer.dimensions[0].segments.iter().map(part).sum::<f64>();
    assert!((sum(|own| own.mix.unwrap()) - 0.1).abs() < 1e-12 && sum(|own| own.rate.unwrap().abs()) < 1e-12);
    // Shares stay, one ratio rises from 0.1 to 0.2.
    let rated = table(&[5.0, 25.0, 10.0, 25.0], Some(&[50.0; 4]), &[Some("a"), Some("b"), Some("a"), Some("b")]);
    let answer = found(&rated, 10);
    let first = &answer.top[0];
    assert_eq!((first.value.as_deref(), first.mix), (Some("a"), Some(0.0)));
    assert!((first.rate.unwrap() - 0.05).abs() < 1e-12);
}

#[test]
fn segments_may_come_go_or_have_no_name() {
    let sums = table(&[10.0, 5.0, 7.0, 4.0], None, &[Some("old"), None, None, Some("new")]);
    let answer = found(&sums, 10);
    let shown: Vec<_> =
        answer.dimensions[0].segments.iter().map(|own| (own.value.as_deref(), own.contribution)).collect();
    assert_eq!(shown, [(Some("old"), -10.0), (Some("new"), 4.0), (None, 2.0)]);
    let limited = found(&sums, 1);
    let other = &limited.dimensions[0].segments[1];
    assert_eq!((other.other, other.contribution, limited.top.len()), (true, 6.0, 1));
    assert!(answer.dimensions[0].surprise > 0.5);
}

#[test]
fn what_cannot_be_divided_is_named() {
    let fails = |table: &DriverTable| {
        let error = table.rows().and_then(|rows| drivers(&rows, &DriverOptions::default())).unwrap_err();
        (error.code(), error.field_name().map(str::to_owned))
    };
    let base = table(&[1.0, 2.0], Some(&[1.0, 1.0]), &[None, None]);
    let few = ErrorCode::DataTooFew;
    assert_eq!(fails(&DriverTable { after: vec![true, true], ..base.clone() }), (few, Some("after".into())));
    assert_eq!(fails(&DriverTable { weight: Some(vec![0.0, 1.0]), ..base.clone() }), (few, Some("after".into())));
    let data = |field: &str| (ErrorCode::DataInvalid, Some(field.to_owned()));
    assert_eq!(fails(&DriverTable { weight: Some(vec![-1.0, 1.0]), ..base.clone() }), data("weight[0]"));
    assert_eq!(fails(&DriverTable { value: vec![f64::NAN, 1.0], ..base.clone() }), data("value[0]"));
    let none = BTreeMap::from([("country".to_owned(), Vec::new())]);
    assert_eq!(fails(&DriverTable { dimensions: none, ..base }), data("dimensions.country"));
}

proptest! {
    #[test]
    fn contributions_sum_to_the_change(
        rows in prop::collection::vec((-100.0..100.0_f64, 0.0..10.0_f64, 0..6_u8), 4..40), ratio in any::<bool>(),
        limit in 1..8_usize,
    ) {
        let value: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let weight: Vec<f64> = rows.iter().map(|row| row.1 + 0.1).collect();
        let names: Vec<String> = rows.iter().map(|row| row.2.to_string()).collect();
        let country: Vec<Option<&str>> = names.iter().map(|name| (name != "0").then_some(name.as_str())).collect();
        let answer = found(&table(&value, ratio.then_some(&weight[..]), &country), limit);
        let segments = &answer.dimensions[0].segments;
        let sum: f64 = segments.iter().map(|own| own.contribution).sum();
        prop_assert!((sum - answer.change).abs() < 1e-9 * (1.0 + answer.change.abs()));
        for own in segments.iter().filter(|_| ratio) {
            prop_assert!((own.mix.unwrap() + own.rate.unwrap() - own.contribution).abs() < 1e-9);
        }
        prop_assert!((0.0..=1.0).contains(&answer.dimensions[0].surprise));
    }
}
