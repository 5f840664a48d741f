//! Multi round-trip requests: what the server asks in a result, and what the client answers in its
//! next request.

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ClientCapabilities, CreateMessageRequest, CreateMessageRequestParams, CreateMessageResult,
        ElicitResult, ElicitationAction, InputRequest, InputRequests, InputRequiredResult,
        InputResponses, JsonObject, ListRootsRequest, ListRootsResult, SamplingMessage,
    },
    service::RequestContext,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{capabilities::declared, schema};

/// The questions of one round, under the keys that their answers will have.
#[derive(Default)]
pub(crate) struct Questions(InputRequests);

impl Questions {
    /// Asks the user to fill in a form.
    pub(crate) fn form(
        mut self,
        key: &str,
        message: &str,
        properties: Value,
    ) -> Result<Self, ErrorData> {
        let request = schema::elicitation(message, properties)?;
        self.0
            .insert(key.to_owned(), InputRequest::Elicitation(request));
        Ok(self)
    }

    /// Asks the client's model.
    pub(crate) fn sampling(mut self, key: &str, prompt: &str, max_tokens: u32) -> Self {
        let params =
            CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], max_tokens);
        let request = InputRequest::CreateMessage(CreateMessageRequest::new(params));
        self.0.insert(key.to_owned(), request);
        self
    }

    /// Asks for the client's roots.
    pub(crate) fn roots(mut self, key: &str) -> Self {
        let request = InputRequest::ListRoots(ListRootsRequest::default());
        self.0.insert(key.to_owned(), request);
        self
    }

    /// Asks, if the client has declared that it can answer every question; else -32021.
    pub(crate) fn ask(
        self,
        context: &RequestContext<RoleServer>,
        state: Option<String>,
    ) -> Result<InputRequiredResult, ErrorData> {
        let missing = self.missing(&declared(context));
        if missing != ClientCapabilities::default() {
            return Err(ErrorData::missing_required_client_capability(missing));
        }
        Ok(InputRequiredResult::new(Some(self.0), state))
    }

    fn missing(&self, declared: &ClientCapabilities) -> ClientCapabilities {
        let mut missing = ClientCapabilities::default();
        for request in self.0.values() {
            match request {
                InputRequest::Elicitation(_) if declared.elicitation.is_none() => {
                    missing.elicitation = Some(Default::default());
                }
                InputRequest::CreateMessage(_) if declared.sampling.is_none() => {
                    missing.sampling = Some(Default::default());
                }
                InputRequest::ListRoots(_) if declared.roots.is_none() => {
                    missing.roots = Some(Default::default());
                }
                _ => {}
            }
        }
        missing
    }
}

/// The client's answers. One that is missing or of the wrong shape counts as not given, so that the
/// question is asked again; unknown keys are ignored.
#[derive(Default)]
pub(crate) struct Answers(InputResponses);

impl From<Option<InputResponses>> for Answers {
    fn from(responses: Option<InputResponses>) -> Self {
        Self(responses.unwrap_or_default())
    }
}

impl Answers {
    /// A field of a form that the user accepted.
    pub(crate) fn field<T: DeserializeOwned>(&self, key: &str, field: &str) -> Option<T> {
        let mut form = self.form(key)?;
        serde_json::from_value(form.remove(field)?).ok()
    }

    /// The text that the client's model answered.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let result: CreateMessageResult = self.decode(key)?;
        let content = result.message.content.into_vec();
        content
            .iter()
            .find_map(|block| block.as_text())
            .map(|text| text.text.clone())
    }

    /// The URIs of the client's roots.
    pub(crate) fn roots(&self, key: &str) -> Option<Vec<String>> {
        let result: ListRootsResult = self.decode(key)?;
        Some(result.roots.into_iter().map(|root| root.uri).collect())
    }

    fn form(&self, key: &str) -> Option<JsonObject> {
        let result: ElicitResult = self.decode(key)?;
        match (result.action, result.content) {
            (ElicitationAction::Accept, Some(Value::Object(form))) => Some(form),
            _ => None,
        }
    }

    fn decode<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.0.get(key)?.clone()).ok()
    }
}
