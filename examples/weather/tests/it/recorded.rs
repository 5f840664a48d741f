//! Without a network: sample data, and never silently.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use url::Url;
use weather::nws::{DataSource, Nws, NwsSettings, WeatherMode};
use weather::tools::{AlertsQuery, ForecastQuery, alerts, forecast};

use crate::mock_nws::{MockNws, geo_json};

#[tokio::test]
async fn a_recording_is_called_one_in_every_answer() {
    let nws = Nws::recorded().unwrap();
    for state in ["CA", "TX", "CO", "FL", "ID"] {
        let report = alerts(
            &nws,
            &AlertsQuery {
                state: state.to_owned(),
            },
        )
        .await
        .unwrap();
        assert_eq!(report.source, DataSource::Recorded);
        assert!(
            report.to_string().starts_with("RECORDED SAMPLE DATA"),
            "{report}"
        );
        assert_eq!(report.alerts.is_empty(), state == "ID", "{state}");
    }
    let boulder = ForecastQuery {
        latitude: 40.015,
        longitude: -105.2705,
    };
    let report = forecast(&nws, boulder).await.unwrap();
    assert_eq!(report.periods.len(), 14);
    let text = report.to_string();
    assert!(text.starts_with("RECORDED SAMPLE DATA"), "{text}");
    assert!(
        text.contains("(nearest recorded city: Denver, CO)"),
        "{text}"
    );
}

#[tokio::test]
async fn a_recording_does_not_answer_for_places_abroad() {
    let nws = Nws::recorded().unwrap();
    let london = ForecastQuery {
        latitude: 51.5072,
        longitude: -0.1276,
    };
    let error = forecast(&nws, london).await.unwrap_err().to_string();
    assert!(error.contains("covers the United States"), "{error}");
}

#[tokio::test]
async fn auto_is_live_when_the_service_answers_and_recorded_when_not() {
    let up = MockNws::start(|_, _, _| geo_json(r#"{"status":"OK"}"#.to_owned())).await;
    let nws = Nws::open(&up.settings(), WeatherMode::Auto).await.unwrap();
    assert_eq!(nws.source(), DataSource::Live);

    let down = MockNws::start(|_, _, _| StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
    let nws = Nws::open(&down.settings(), WeatherMode::Auto)
        .await
        .unwrap();
    assert_eq!(nws.source(), DataSource::Recorded);
}

#[tokio::test]
async fn a_base_url_that_no_client_can_use_is_refused() {
    for url in ["file:///weather", "mailto:a@b"] {
        let base_url = Url::parse(url).unwrap();
        let settings = NwsSettings {
            base_url,
            contact: "ops@example.com".to_owned(),
        };
        let error = Nws::open(&settings, WeatherMode::Live)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("NWS_BASE_URL"), "{error}");
    }
}
