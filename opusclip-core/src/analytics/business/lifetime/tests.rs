use proptest::prelude::*;

use super::super::events::People;
use super::super::revenue::Payments;
use super::*;
use crate::error::ErrorCode;

const DAY: f64 = 86400.0;

fn customer(frequency: u32, recency: f64, age: f64, value: f64) -> CustomerSummary {
    CustomerSummary { frequency, recency, age, value }
}

/// The parameters that Fader, Hardie and Lee (2005) publish for CDNOW.
fn published() -> BgNbd {
    BgNbd::of(0.243, 4.414, 0.793, 2.426).unwrap()
}

/// The customers of CDNOW that the paper fits, where the samples lie beside the project.
fn cdnow() -> Option<Vec<CustomerSummary>> {
    let file = "/../../shared/samples/series/cdnow/cdnow_customers_summary.csv";
    let text = std::fs::read_to_string(format!("{}{file}", env!("CARGO_MANIFEST_DIR"))).ok()?;
    let row = |line: &str| {
        let numbers: Vec<f64> = line.split(',').filter_map(|cell| cell.trim().parse().ok()).collect();
        let &[_, frequency, recency, age] = &numbers[..] else { panic!("{line}") };
        customer(frequency as u32, recency, age, 0.0)
    };
    Some(text.lines().skip(1).filter(|line| !line.is_empty()).map(row).collect())
}

#[test]
fn the_published_fit_is_found() {
    let Some(customers) = cdnow() else { return };
    assert_eq!(customers.len(), 2357);
    let model = BgNbd::fit(&customers).unwrap();
    let found = [model.r, model.alpha, model.a, model.b];
    for (found, published) in found.iter().zip([0.243, 4.414, 0.793, 2.426]) {
        assert!((found - published).abs() < 2e-3, "{found} {published}");
    }
    assert!((model.log_likelihood.unwrap() + 9582.4).abs() < 0.05, "{:?}", model.log_likelihood);
}

#[test]
fn the_customers_of_cdnow_are_summed_up_as_published() {
    let file = "/../../shared/samples/series/cdnow/CDNOW_sample.txt";
    let Ok(text) = std::fs::read_to_string(format!("{}{file}", env!("CARGO_MANIFEST_DIR"))) else { return };
    let published = cdnow().unwrap();
    let (mut people, mut times, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let date: jiff::civil::Date = cells[2].parse().unwrap();
        people.push(cells[1].parse::<i64>().unwrap());
        times.push(date.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond());
        amounts.push((cells[4].parse::<f64>().unwrap() * 100.0).round() as i64);
    }
    let payments = Payments::new(times, People::integers(&people), amounts, "USD").unwrap();
    // The 39 weeks that the paper fits end with September 1997.
    let until = Some(875_577_600.0);
    let all = summaries(&payments, &SummaryOptions { until, ..SummaryOptions::default() }).unwrap();
    let all: Vec<CustomerSummary> = all.into_iter().map(|own| own.1).collect();
    assert_eq!(all.len(), published.len());
    for (own, published) in all.iter().zip(&published) {
        assert_eq!(own.frequency, published.frequency, "{own:?} {published:?}");
        assert!((own.recency - published.recency).abs() < 6e-3 && (own.age - published.age).abs() < 6e-3);
    }
    // Fader and Hardie (2013) find p 6.25, q 3.74 and v 15.44 dollars for the 946 who bought again.
    let model = GammaGamma::fit(&all).unwrap();
    assert_eq!(model.customers, 946);
    for (found, published) in [(model.p, 6.25), (model.q, 3.74), (model.v / 100.0, 15.44)] {
        assert!((found / published - 1.0).abs() < 0.01, "{found} {published}");
    }
}

#[test]
fn expected_purchases_are_those_of_the_papers() {
    // Fader, Hardie and Lee (2005b), "Implementing the BG/NBD model in Excel": this customer, 39 weeks ahead.
    let model = published();
    let expected = model.expected_purchases(&customer(2, 30.43, 38.86, 0.0), 39.0);
    assert!((expected - 1.226).abs() < 1e-3, "{expected}");
    assert_eq!(model.probability_alive(&customer(0, 0.0, 30.0, 0.0)), 1.0);
    assert_eq!(model.expected_purchases(&customer(3, 1.0, 30.0, 0.0), 0.0), 0.0);
}

#[test]
fn sums_of_days_become_frequency_recency_age_and_value() {
    let times = [0.1, 7.2, 7.9, 21.0, 14.0, 35.0].map(|day| day * DAY);
    let people = People::of(["a", "a", "a", "a", "b", "b"]);
    let payments = Payments::new(&times[..], people, &[100, 200, 300, 400, 50, -50][..], "EUR").unwrap();
    let all = summaries(&payments, &SummaryOptions::default()).unwrap();
    assert_eq!(all, [(0, customer(2, 3.0, 5.0, 450.0)), (1, customer(0, 0.0, 3.0, 0.0))]);
}

#[test]
fn lifetime_value_adds_up_discounted_steps() {
    let (purchases, values) = (published(), GammaGamma::of(6.25, 3.74, 15.44).unwrap());
    let one = customer(2, 30.43, 38.86, 40.0);
    let whole = LifetimeOptions { steps: 1, step: 39.0, discount: 0.0 };
    let each = values.expected_value(&one);
    let value = |options: &LifetimeOptions| lifetime_value(&purchases, &values, &one, options).unwrap();
    assert!((value(&whole) - purchases.expected_purchases(&one, 39.0) * each).abs() < 1e-9);
    let parts = LifetimeOptions { steps: 39, step: 1.0, discount: 0.0 };
    assert!((value(&parts) - value(&whole)).abs() < 1e-9);
    assert!(value(&LifetimeOptions { discount: 0.1, ..parts }) < value(&whole));
    // Fader and Hardie (2013): the mean of all customers is p v / (q - 1); who never bought again is expected to pay
    // it.
    assert!((values.expected_value(&customer(0, 0.0, 10.0, 0.0)) - 6.25 * 15.44 / 2.74).abs() < 1e-9);
}

#[test]
fn customers_that_cannot_be_are_named() {
    let with = |odd: CustomerSummary| {
        let mut all = vec![customer(2, 3.0, 9.0, 5.0); 30];
        all.push(odd);
        let error = BgNbd::fit(&all).unwrap_err();
        (error.code(), error.field_name().map(str::to_owned))
    };
    let data = |field: &str| (ErrorCode::DataInvalid, Some(format!("customers[30].{field}")));
    assert_eq!(with(customer(1, 9.5, 9.0, 0.0)), data("recency"));
    assert_eq!(with(customer(0, 1.0, 9.0, 0.0)), data("recency"));
    assert_eq!(with(customer(1, f64::NAN, 9.0, 0.0)), data("recency"));
    assert_eq!(with(customer(1, 1.0, 9.0, -1.0)), data("value"));
    let few = vec![customer(1, 1.0, 2.0, 3.0); 19];
    assert_eq!(BgNbd::fit(&few).unwrap_err().code(), ErrorCode::DataTooFew);
    assert_eq!(GammaGamma::fit(&few).unwrap_err().code(), ErrorCode::DataTooFew);
    assert_eq!(BgNbd::of(0.0, 1.0, 1.0, 1.0).unwrap_err().field_name(), Some("r"));
}

#[test]
fn customers_all_alike_give_an_answer() {
    let alike = vec![customer(3, 20.0, 30.0, 10.0); 40];
    let model = BgNbd::fit(&alike).unwrap();
    assert!([model.r, model.alpha, model.a, model.b].iter().all(|number| number.is_finite()));
    let value = GammaGamma::fit(&alike).unwrap().expected_value(&alike[0]);
    assert!((value - 10.0).abs() < 0.5, "{value}");
}

proptest! {
    #[test]
    fn expectations_rise_with_time_and_stay_within_reason(
        r in 0.05..5.0_f64, alpha in 0.1..50.0_f64, a in 0.05..5.0_f64, b in 0.05..5.0_f64,
        x in 0..30_u32, age in 1.0..100.0_f64, part in 0.0..1.0_f64, time in 0.1..500.0_f64,
    ) {
        let model = BgNbd::of(r, alpha, a, b).unwrap();
        let one = customer(x, if x == 0 { 0.0 } else { age * part }, age, 0.0);
        let alive = model.probability_alive(&one);
        prop_assert!((0.0..=1.0).contains(&alive));
        let (near, far) = (model.expected_purchases(&one, time), model.expected_purchases(&one, 2.0 * time));
        // Never more than by those who never leave, at the mean of what is known of the rate.
        let most = (r + f64::from(x)) / (alpha + age) * time * alive;
        let most = most * (1.0 + 1e-6) + 1e-6;
        prop_assert!(near >= -1e-6 && near <= far + 1e-6 && near <= most, "{} {} {}", near, far, most);
    }
}
