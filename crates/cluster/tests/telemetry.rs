//! Alerts and time series, through the API server's proxy and by URL.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cluster::{Cluster, Site, Telemetry};
use evidence::{Question, Reply, Time, UnseenKind};
use http::{Request, Response};
use http_body_util::Full;

const ALERTS: &str = r#"[
  {"labels":{"alertname":"HighErrors","namespace":"shop","service":"web"},"annotations":{"summary":"5% fail, password=hunter2-c2VjcmV0"},
   "startsAt":"2026-11-28T10:00:00Z","status":{"state":"active","silencedBy":[]},"receivers":[{"name":"pager"}],"fingerprint":"a1"},
  {"labels":{"alertname":"HighErrors","namespace":"other"},"annotations":{},"status":{"state":"active"}},
  {"labels":{"alertname":"NodeDown","node":"worker-1"},"annotations":{},"status":{"state":"active"}},
  {"labels":{"alertname":"Quiet","namespace":"shop"},"annotations":{},"status":{"state":"suppressed"}}]"#;

const MATRIX: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
  {"metric":{"workload":"web","nodename":"worker-1"},"values":[[1795000000,"0.5"],[1795000030,"0.75"]]}]}}"#;

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,
  "message":"services \"prometheus:9090\" is forbidden: User \"jane\" cannot get resource \"services/proxy\" in API group \"\" in the namespace \"monitoring\""}"#;

/// What a server was asked, path and query.
type Asked = Arc<Mutex<Vec<String>>>;

/// A server that answers every request alike.
fn server(
    status: u16,
    body: &'static str,
) -> (
    impl tower::Service<
        Request<kube::client::Body>,
        Response = Response<Full<Bytes>>,
        Error = std::convert::Infallible,
        Future: Send,
    > + Send
    + 'static,
    Asked,
) {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        log.lock().unwrap().push(request.uri().path_and_query().unwrap().to_string());
        let response = Response::builder().status(status).body(Full::from(body)).unwrap();
        async move { Ok(response) }
    });
    (service, asked)
}

fn until() -> Time {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// A cluster behind which every service answers alike.
fn cluster(status: u16, body: &'static str, sites: [Option<&str>; 2]) -> (Cluster, Asked) {
    let (service, asked) = server(status, body);
    let mut cluster = Cluster::with_service(service, "shop", Duration::from_secs(5));
    let [alertmanager, prometheus] = sites.map(|site| site.map(|site| site.parse().unwrap()));
    cluster.ask_telemetry(Telemetry { alertmanager, prometheus, until: until() }).unwrap();
    (cluster, asked)
}

async fn ask(cluster: &Cluster, question: Question) -> Reply {
    cluster.answer_all(vec![question]).await.remove(0).1
}

fn alerts() -> Question {
    Question::Alerts { namespace: "shop".to_owned() }
}

fn series() -> Question {
    Question::Series { namespace: "shop".to_owned() }
}

#[tokio::test]
async fn alerts_come_through_the_api_server_and_only_those_of_the_namespace_or_of_none() {
    let (cluster, asked) = cluster(200, ALERTS, [Some("monitoring/alertmanager:9093"), None]);
    let Reply::Alerts(told) = ask(&cluster, alerts()).await else { panic!() };
    let names: Vec<&str> = told.iter().map(|alert| &*alert.name).collect();
    assert_eq!(names, ["HighErrors", "NodeDown"]);
    assert_eq!(told[0].subject.as_deref(), Some("web"));
    assert_eq!(told[0].since, "2026-11-28T10:00:00Z".parse().ok());
    assert_eq!(told[0].evidence, ["5% fail, password=‹redacted›"]);
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "/api/v1/namespaces/monitoring/services/alertmanager:9093/proxy/api/v2/alerts?active=true&inhibited=false"
        ]
    );
    assert_eq!(cluster.requests(), 1);
}

#[tokio::test]
async fn without_an_alertmanager_prometheus_is_asked_for_alerts() {
    let body = r#"{"status":"success","data":{"alerts":[
        {"labels":{"alertname":"Slow","namespace":"shop"},"annotations":{},"state":"firing","activeAt":"2026-11-28T10:00:00Z","value":"1"},
        {"labels":{"alertname":"Soon","namespace":"shop"},"annotations":{},"state":"pending"}]}}"#;
    let (cluster, asked) = cluster(200, body, [None, Some("https:monitoring/prometheus:web")]);
    let Reply::Alerts(told) = ask(&cluster, alerts()).await else { panic!() };
    assert_eq!(told.iter().map(|alert| &*alert.name).collect::<Vec<_>>(), ["Slow"]);
    let path = "/api/v1/namespaces/monitoring/services/https:prometheus:web/proxy/api/v1/alerts";
    assert_eq!(*asked.lock().unwrap(), [path]);
}

#[tokio::test]
async fn the_series_of_the_last_hour_take_nine_requests() {
    let (cluster, asked) = cluster(200, MATRIX, [None, Some("monitoring/prometheus:9090")]);
    let Reply::Series(told) = ask(&cluster, series()).await else { panic!() };
    assert_eq!(told.len(), 9);
    let found: Vec<(&str, &str)> = told.iter().map(|one| (&*one.subject, &*one.metric)).collect();
    assert!(found.contains(&("web", "cpu")) && found.contains(&("worker-1", "retransmissions")));
    assert_eq!(told[0].points[1].1, 0.75);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 9);
    let (start, end) = (until().as_second() - 3600, until().as_second());
    let range = format!("&start={start}&end={end}&step=30");
    assert!(asked.iter().all(|path| path.ends_with(&range)), "{asked:?}");
}

#[tokio::test]
async fn a_store_that_has_none_of_the_metrics_does_not_say_that_all_is_calm() {
    let (cluster, _) = cluster(200, EMPTY, [None, Some("monitoring/prometheus:9090")]);
    let Reply::Unseen(unseen) = ask(&cluster, series()).await else { panic!() };
    assert_eq!(unseen.kind, UnseenKind::NotShown);
}

#[tokio::test]
async fn who_may_not_use_the_proxy_is_told_which_permission_is_missing() {
    let (cluster, _) = cluster(403, FORBIDDEN, [None, Some("monitoring/prometheus:9090")]);
    for question in [alerts(), series()] {
        let Reply::Unseen(unseen) = ask(&cluster, question).await else { panic!() };
        assert_eq!(unseen.kind, UnseenKind::Denied);
        assert_eq!(
            &*unseen.why,
            "\"get services/proxy\" of prometheus:9090 in monitoring is not granted to jane"
        );
    }
}

#[tokio::test]
async fn whatever_else_is_answered_is_unreachable_and_never_quoted() {
    for (status, body) in [
        (200, "<h1>hunter2-c2VjcmV0</h1>"),
        (200, r#"{"status":"error","error":"hunter2-c2VjcmV0"}"#),
        (400, r#"{"status":"error","errorType":"bad_data","error":"hunter2-c2VjcmV0"}"#),
        (401, "hunter2-c2VjcmV0"),
        (404, "hunter2-c2VjcmV0"),
        (503, ""),
    ] {
        for sites in [[Some("a/b:1"), None], [None, Some("a/b:1")]] {
            let (cluster, _) = cluster(status, body, sites);
            for question in [alerts(), series()] {
                let is_asked = sites[1].is_some() || question == alerts();
                let Reply::Unseen(unseen) = ask(&cluster, question).await else {
                    panic!("{status} {body}")
                };
                let kind = if is_asked { UnseenKind::Unreachable } else { UnseenKind::NotAsked };
                assert_eq!(unseen.kind, kind, "{status} {body}");
                assert!(!unseen.to_string().contains("hunter2"), "{unseen}");
            }
        }
    }
}

#[tokio::test]
async fn a_url_is_asked_itself_below_its_own_path_and_without_the_users_credentials() {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let credentials = request.headers().contains_key(http::header::AUTHORIZATION);
        let path = request.uri().path_and_query().unwrap().to_string();
        log.lock().unwrap().push(format!("{path} {credentials}"));
        async move { Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from(ALERTS))) }
    });
    let listening = listener::Listening::start(([127, 0, 0, 1], 0).into(), None, service).unwrap();
    let (api, asked_of_api) = server(200, "{}");
    let mut cluster = Cluster::with_service(api, "shop", Duration::from_secs(5));
    let site: Site = format!("http://{}/tenant/", listening.address()).parse().unwrap();
    let telemetry = Telemetry { alertmanager: Some(site), prometheus: None, until: until() };
    cluster.ask_telemetry(telemetry).unwrap();
    let Reply::Alerts(told) = ask(&cluster, alerts()).await else { panic!() };
    assert_eq!(told.len(), 2);
    assert_eq!(*asked.lock().unwrap(), ["/tenant/api/v2/alerts?active=true&inhibited=false false"]);
    assert!(asked_of_api.lock().unwrap().is_empty());
}
