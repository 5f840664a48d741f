//! The functional defects of the servers that this example is modelled on.

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use weather::tools::{AlertsQuery, ForecastQuery, alerts, forecast};

use crate::mock_nws::{MockNws, everywhere, geo_json, periods, point};

fn state(code: &str) -> AlertsQuery {
    AlertsQuery {
        state: code.to_owned(),
    }
}

fn at(latitude: f64, longitude: f64) -> ForecastQuery {
    ForecastQuery {
        latitude,
        longitude,
    }
}

const ICE: &str = r#"{"name":"Tonight","temperature":0,"temperatureUnit":"F","windSpeed":"5 mph",
    "windDirection":"N","shortForecast":"Clear"}"#;

#[tokio::test]
async fn f3_zero_degrees_is_a_temperature() {
    let nws = MockNws::start(|target, _, base| everywhere(target, base, ICE)).await;
    let report = forecast(&nws.client(), at(39.7392, -104.9903))
        .await
        .unwrap();
    assert_eq!(report.periods[0].temperature, Some(0.into()));
    assert!(report.to_string().contains("Temperature: 0 °F"), "{report}");
}

#[tokio::test]
async fn f4_only_alerts_in_force_are_asked_for() {
    let nws = MockNws::start(|_, _, _| geo_json(r#"{"features":[]}"#.to_owned())).await;
    let report = alerts(&nws.client(), &state("ca")).await.unwrap();
    assert_eq!(nws.targets(), ["/alerts/active?status=actual&area=CA"]);
    assert_eq!(report.to_string(), "No weather alerts are in force in CA.");
}

#[tokio::test]
async fn f5_what_is_no_state_never_reaches_the_service() {
    let nws = MockNws::start(|_, _, _| geo_json(r#"{"features":[]}"#.to_owned())).await;
    let client = nws.client();
    for bad in [
        "",
        "C",
        "CAL",
        "ZZ",
        "C/",
        "../points/1,2",
        "CA?area=TX",
        "ÇA",
        "<b>",
    ] {
        let error = alerts(&client, &state(bad)).await.unwrap_err().to_string();
        assert!(error.contains("two-letter postal code"), "{bad}: {error}");
    }
    assert!(nws.asked().is_empty());
    for good in ["ca", " TX ", "Pr", "dc", "GU"] {
        alerts(&client, &state(good)).await.unwrap();
    }
}

#[tokio::test]
async fn f5_coordinates_are_rounded_and_checked() {
    let nws = MockNws::start(|target, _, base| everywhere(target, base, ICE)).await;
    let client = nws.client();
    forecast(&client, at(38.889_484_9, -77.035_278_1))
        .await
        .unwrap();
    forecast(&client, at(40.0, -0.000_01)).await.unwrap();
    assert_eq!(
        nws.targets(),
        ["/points/38.8895,-77.0353", "/forecast", "/points/40,0"]
    );
    let bad = [
        (90.01, 0.0),
        (f64::NAN, 0.0),
        (f64::INFINITY, 0.0),
        (0.0, -180.5),
        (0.0, f64::NAN),
    ];
    for (latitude, longitude) in bad {
        let error = forecast(&client, at(latitude, longitude))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("must be between"), "{error}");
    }
    assert_eq!(nws.asked().len(), 3);
}

#[tokio::test]
async fn f5_a_redirect_on_the_same_host_is_followed() {
    let nws = MockNws::start(|target, _, base| match target {
        "/points/40,-105" => (
            StatusCode::MOVED_PERMANENTLY,
            [(header::LOCATION, "/points/40.01,-105")],
        )
            .into_response(),
        "/points/40.01,-105" => point(&format!("{base}/forecast")),
        _ => periods(ICE),
    })
    .await;
    forecast(&nws.client(), at(40.0, -105.0)).await.unwrap();
}

#[tokio::test]
async fn f7_the_request_says_who_asks_and_for_what() {
    let nws = MockNws::start(|_, _, _| geo_json(r#"{"features":[]}"#.to_owned())).await;
    alerts(&nws.client(), &state("CA")).await.unwrap();
    let asked = nws.asked().remove(0);
    assert!(
        asked.user_agent.starts_with("portcullis-weather/"),
        "{}",
        asked.user_agent
    );
    assert!(
        asked.user_agent.contains("(ops@example.com)"),
        "{}",
        asked.user_agent
    );
    assert_eq!(asked.accept, "application/geo+json");
}

#[tokio::test]
async fn f7_answers_are_shared_as_long_as_the_service_allows() {
    for (cache_control, requests) in [("public, max-age=60", 1), ("max-age=0", 2), ("no-store", 2)]
    {
        let nws = MockNws::start(move |_, _, _| {
            (
                [(header::CACHE_CONTROL, cache_control)],
                r#"{"features":[]}"#,
            )
                .into_response()
        })
        .await;
        let client = nws.client();
        alerts(&client, &state("CA")).await.unwrap();
        alerts(&client.clone(), &state("ca")).await.unwrap();
        assert_eq!(nws.asked().len(), requests, "{cache_control}");
    }
}

#[tokio::test]
async fn alerts_come_most_severe_first_and_not_by_the_hundred() {
    let minor = r#"{"properties":{"event":"Surf","severity":"Minor"}},"#.repeat(50);
    let body = format!(
        r#"{{"features":[{minor}{{"properties":{{"event":"Tornado","severity":"Extreme"}}}}]}}"#
    );
    let nws = MockNws::start(move |_, _, _| geo_json(body.clone())).await;
    let report = alerts(&nws.client(), &state("TX")).await.unwrap();
    assert_eq!(report.alerts[0].event, "Tornado");
    assert_eq!((report.alerts.len(), report.omitted), (40, 11));
    assert!(report.to_string().ends_with("11 more alerts are in force."));
}
