//! A weather service that is slow, broken, huge or hostile: every failure is a sentence that says
//! what to do.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rstest::rstest;
use weather::nws::Nws;
use weather::tools::{AlertsQuery, ForecastQuery, alerts, forecast};

use crate::mock_nws::{MockNws, everywhere, geo_json, never, periods, point};

async fn alerts_fail(nws: &Nws) -> String {
    alerts(
        nws,
        &AlertsQuery {
            state: "CA".to_owned(),
        },
    )
    .await
    .unwrap_err()
    .to_string()
}

async fn forecast_fails(nws: &Nws) -> String {
    let denver = ForecastQuery {
        latitude: 39.7392,
        longitude: -104.9903,
    };
    forecast(nws, denver).await.unwrap_err().to_string()
}

#[tokio::test]
async fn f7_a_service_that_never_answers_is_given_up_on() {
    let nws = MockNws::start(|_, _, _| never()).await;
    let error = alerts_fail(&nws.client_with(Duration::from_millis(50))).await;
    assert!(
        error.contains("did not answer in time. Try again"),
        "{error}"
    );
    assert_eq!(nws.asked().len(), 3);
}

#[tokio::test]
async fn f7_a_passing_fault_is_not_seen() {
    let nws = MockNws::start(|_, before, _| match before {
        0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => geo_json(r#"{"features":[]}"#.to_owned()),
    })
    .await;
    alerts(
        &nws.client(),
        &AlertsQuery {
            state: "CA".to_owned(),
        },
    )
    .await
    .unwrap();
    assert_eq!(nws.asked().len(), 3);
}

#[rstest]
#[case::server_fault(StatusCode::INTERNAL_SERVER_ERROR, 3, "status 500. Try again")]
#[case::refused(StatusCode::FORBIDDEN, 1, "status 403. Try again")]
#[case::throttled(StatusCode::TOO_MANY_REQUESTS, 1, "limiting our requests. Try again")]
#[tokio::test]
async fn f7_only_what_may_pass_is_tried_again(
    #[case] status: StatusCode,
    #[case] attempts: usize,
    #[case] message: &str,
) {
    let nws = MockNws::start(move |_, _, _| status.into_response()).await;
    let error = alerts_fail(&nws.client()).await;
    assert!(error.contains(message), "{error}");
    assert_eq!(nws.asked().len(), attempts);
}

#[tokio::test]
async fn f7_a_huge_body_is_refused_while_it_arrives() {
    let nws = MockNws::start(|_, _, _| geo_json(" ".repeat(64 * 1024 + 1))).await;
    let error = alerts_fail(&nws.client()).await;
    assert!(error.contains("too large"), "{error}");
    assert_eq!(nws.asked().len(), 1);
}

#[rstest]
#[case::no_json("<html>down</html>")]
#[case::empty("")]
#[case::other_type("[1,2]")]
#[case::no_features("{}")]
#[case::cut_off(r#"{"features":[{"proper"#)]
#[tokio::test]
async fn a_malformed_answer_is_not_shown(#[case] body: &'static str) {
    let nws = MockNws::start(move |_, _, _| geo_json(body.to_owned())).await;
    let error = alerts_fail(&nws.client()).await;
    assert!(error.contains("cannot be read. Try again"), "{error}");
    assert!(!error.contains("html"), "{error}");
}

#[tokio::test]
async fn fields_that_are_missing_or_null_are_left_out() {
    let odd = r#"{"temperature":null,"windSpeed":null,"probabilityOfPrecipitation":{"value":null}},
        {"name":"Friday","temperature":{"unitCode":"wmoUnit:degC","value":-3.5},"detailedForecast":""}"#;
    let nws = MockNws::start(move |target, _, base| everywhere(target, base, odd)).await;
    let denver = ForecastQuery {
        latitude: 39.7392,
        longitude: -104.9903,
    };
    let text = forecast(&nws.client(), denver).await.unwrap().to_string();
    assert!(text.contains("Unnamed period:\n---"), "{text}");
    assert!(
        text.contains("Friday:\nTemperature: -3.5 °C\n---"),
        "{text}"
    );

    let nws =
        MockNws::start(|_, _, _| geo_json(r#"{"features":[{"properties":{}}]}"#.to_owned())).await;
    let found = alerts(
        &nws.client(),
        &AlertsQuery {
            state: "CA".to_owned(),
        },
    )
    .await
    .unwrap();
    assert!(found.to_string().contains("Event: Unknown"), "{found}");
}

/// What is in force and cannot be read is counted: nobody must take it for fair weather.
#[rstest]
#[case::no_zones(r#"{"event":"Flood","geocode":null}"#, true)]
#[case::zones_null(r#"{"event":"Flood","geocode":{"UGC":null}}"#, true)]
#[case::zones_odd(r#"{"event":"Flood","geocode":{"UGC":[1]}}"#, false)]
#[case::event_odd(r#"{"event":7}"#, false)]
#[case::null("null", false)]
#[tokio::test]
async fn one_odd_alert_does_not_hide_the_others(#[case] odd: &str, #[case] readable: bool) {
    let good = r#"{"properties":{"event":"Gale"}}"#;
    let query = AlertsQuery {
        state: "CA".to_owned(),
    };
    for good in ["", good] {
        let comma = if good.is_empty() { "" } else { "," };
        let body = format!(r#"{{"features":[{{"properties":{odd}}}{comma}{good}]}}"#);
        let nws = MockNws::start(move |_, _, _| geo_json(body.clone())).await;
        let found = alerts(&nws.client(), &query).await.unwrap().to_string();
        assert_eq!(found.contains("Event: Gale"), !good.is_empty(), "{found}");
        assert_eq!(found.contains("Event: Flood"), readable, "{found}");
        assert_eq!(found.contains("1 more alert"), !readable, "{found}");
    }
}

#[tokio::test]
async fn periods_that_are_null_are_none() {
    let nws = MockNws::start(|target, _, base| match target.starts_with("/points") {
        true => everywhere(target, base, ""),
        false => geo_json(r#"{"properties":{"periods":null}}"#.to_owned()),
    })
    .await;
    let error = forecast_fails(&nws.client()).await;
    assert!(error.contains("no forecast for this place"), "{error}");
}

#[rstest]
#[case::no_url(r#"{"properties":{}}"#)]
#[case::null(r#"{"properties":{"forecast":null}}"#)]
#[tokio::test]
async fn a_point_without_forecast_is_said_to_have_none(#[case] body: &'static str) {
    let nws = MockNws::start(move |_, _, _| geo_json(body.to_owned())).await;
    let error = forecast_fails(&nws.client()).await;
    assert!(
        error.contains("no forecast for this place at the moment"),
        "{error}"
    );
}

#[tokio::test]
async fn a_forecast_without_periods_is_said_to_have_none() {
    let nws = MockNws::start(|target, _, base| everywhere(target, base, "")).await;
    let error = forecast_fails(&nws.client()).await;
    assert!(
        error.contains("no forecast for this place at the moment"),
        "{error}"
    );
}

#[tokio::test]
async fn a_place_abroad_is_told_what_is_covered() {
    let nws = MockNws::start(|_, _, _| StatusCode::NOT_FOUND.into_response()).await;
    let error = forecast_fails(&nws.client()).await;
    assert!(
        error.contains("covers the United States and its territories only"),
        "{error}"
    );
}

/// The URL in an answer decides nothing about which host this server connects to.
#[rstest]
#[case::other_host("http://127.0.0.2:9/latest/meta-data")]
#[case::metadata_service("http://169.254.169.254/latest/meta-data")]
#[case::other_scheme("file:///etc/passwd")]
#[case::user_info("http://api.weather.gov@127.0.0.2/")]
#[case::no_url("forecast")]
#[tokio::test]
async fn f5_a_forecast_url_on_another_host_is_not_fetched(#[case] url: &'static str) {
    let nws = MockNws::start(move |_, _, _| point(url)).await;
    let error = forecast_fails(&nws.client()).await;
    assert!(error.contains("pointed to another host"), "{error}");
    assert_eq!(nws.asked().len(), 1);
}

#[tokio::test]
async fn f5_a_redirect_to_another_port_or_in_a_circle_is_not_followed() {
    let other = MockNws::start(|_, _, _| periods("")).await;
    let elsewhere = other.base.to_string();
    let redirect = |to: &str| -> Response {
        (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
    };
    let nws = MockNws::start(move |_, _, _| redirect(&elsewhere)).await;
    assert!(
        alerts_fail(&nws.client())
            .await
            .contains("pointed to another host")
    );
    assert!(other.asked().is_empty());

    let circle = MockNws::start(move |target, _, _| redirect(target)).await;
    alerts_fail(&circle.client()).await;
    assert_eq!(circle.asked().len(), 4);
}
