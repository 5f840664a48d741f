//! A browser with cookies, without a screen.

use std::collections::{BTreeMap, HashMap};

use reqwest::{RequestBuilder, Response, header};
use url::Url;

use super::{error::HeadlessError, form::Form, http_client::HttpClient};

/// More pages than any sign-in has.
const MAX_PAGES: usize = 20;

/// Follows redirects and submits forms until it is sent to a client's redirect URI.
pub(super) struct Browser {
    http: HttpClient,
    /// Cookies by host; ports share them, as in a browser (RFC 6265 §8.5).
    cookies: HashMap<String, BTreeMap<String, String>>,
}

impl Browser {
    pub(super) fn new() -> Result<Self, HeadlessError> {
        Ok(Self {
            http: HttpClient::new()?,
            cookies: HashMap::new(),
        })
    }

    /// Opens `start`, fills `credentials` into the forms on the way, and returns the URL that the
    /// user ends at: `redirect_uri` with its answer.
    pub(super) async fn sign_in(
        &mut self,
        start: Url,
        credentials: (&str, &str),
        redirect_uri: &str,
    ) -> Result<Url, HeadlessError> {
        let (username, password) = credentials;
        let mut url = start;
        let mut form: Option<Form> = None;
        for _ in 0..MAX_PAGES {
            let request = match form.take() {
                Some(form) => self.http.post(url.clone()).form(&form.fields),
                None => self.http.get(url.clone()),
            };
            let response = self.send(&url, request).await?;
            if let Some(target) = location(&url, &response)? {
                if target.as_str().starts_with(redirect_uri) {
                    return Ok(target);
                }
                url = target;
                continue;
            }
            let status = response.status();
            let page = text(&url, response).await?;
            let mut next = Form::first_post(&page)
                .filter(|_| status.is_success())
                .ok_or_else(|| stuck(&url, &format!("{status} {page}")))?;
            next.fill("username", username);
            next.fill("password", password);
            url = join(&url, &next.action)?;
            form = Some(next);
        }
        Err(stuck(&url, "there is always one more page"))
    }

    async fn send(
        &mut self,
        url: &Url,
        request: RequestBuilder,
    ) -> Result<Response, HeadlessError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let jar = self.cookies.entry(host).or_default();
        let cookies: Vec<_> = jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let request = match cookies.is_empty() {
            true => request,
            false => request.header(header::COOKIE, cookies.join("; ")),
        };
        let response = request
            .send()
            .await
            .map_err(|source| unanswered(url, source))?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            keep(jar, cookie.to_str().unwrap_or_default());
        }
        Ok(response)
    }
}

/// The error without the query, which may hold a code.
pub(super) fn unanswered(url: &Url, source: reqwest::Error) -> HeadlessError {
    HeadlessError::Http {
        url: format!("{}{}", url.origin().ascii_serialization(), url.path()),
        source: source.without_url().into(),
    }
}

async fn text(url: &Url, response: Response) -> Result<String, HeadlessError> {
    response
        .text()
        .await
        .map_err(|source| unanswered(url, source))
}

fn keep(jar: &mut BTreeMap<String, String>, cookie: &str) {
    let mut parts = cookie.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
        return;
    };
    let expired = |part: &str| part.eq_ignore_ascii_case("max-age=0");
    if value.is_empty() || parts.any(expired) {
        jar.remove(name);
        return;
    }
    jar.insert(name.to_owned(), value.to_owned());
}

fn location(url: &Url, response: &Response) -> Result<Option<Url>, HeadlessError> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| stuck(url, "a redirect to nowhere"))?;
    join(url, location).map(Some)
}

fn join(url: &Url, target: &str) -> Result<Url, HeadlessError> {
    url.join(target)
        .map_err(|_| stuck(url, &format!("not a URL: {target}")))
}

fn stuck(url: &Url, problem: &str) -> HeadlessError {
    HeadlessError::flow("browser", format!("at {}: {problem}", url.path()))
}
