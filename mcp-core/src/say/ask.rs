use rmcp::{
    ErrorData,
    handler::server::{common::FromContextPart, tool::ToolCallContext},
    model::{
        ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
        ElicitationSchema, InputRequest, InputRequiredResult, InputResponses,
    },
    schemars::{JsonSchema, generate::SchemaSettings},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Turn, is_modern,
    seal::{CallSeal, Sealed, StateError},
};

/// The key of the one question, and of its answer.
const QUESTION: &str = "question";

/// Lets a tool ask its user something, as an argument of the tool.
///
/// `S` is what the tool remembers until the answer comes; `A` is the form that the user fills in: a
/// struct of texts, numbers, booleans and unit enums.
///
/// ```
/// use portcullis::prelude::*;
///
/// struct Shop;
///
/// #[derive(serde::Deserialize, JsonSchema)]
/// struct Order { item: String }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Offer { cents: u32 }
///
/// #[derive(serde::Deserialize, JsonSchema)]
/// struct Consent { /** Buy it at this price? */ buy: bool }
///
/// #[mcp_server]
/// impl Shop {
///     /// Buys something, if the user agrees to the price.
///     #[tool]
///     async fn buy(&self, Parameters(order): Parameters<Order>, mut ask: Ask<Offer, Consent>) -> Turn<String> {
///         let Some(answer) = ask.take_answer() else {
///             return ask.user(format!("{} costs 3 €.", order.item), &Offer { cents: 300 });
///         };
///         match answer.reply {
///             Reply::Accepted(Consent { buy: true }) => {
///                 Turn::done(format!("bought for {} cents", answer.state.cents))
///             }
///             _ => Turn::done("nothing bought"),
///         }
///     }
/// }
/// ```
///
/// The question is the result of the call (an `InputRequiredResult` of 2026-07-28), so nothing is
/// held open while the user thinks. The client calls again with the answer and the state; the tool
/// runs from its beginning, on any replica. The client keeps the state sealed under the server's
/// [`sealing_keys`](crate::McpServerBuilder::sealing_keys): it opens for the same caller, server, tool
/// and arguments only, and for ten minutes. Anything else is refused with `-32602` before the tool
/// runs. Within that time a caller can send the same answer again: see [`Answer::id`].
///
/// Clients that do not ask their user (no `elicitation` in their capabilities) get `-32021`, and those
/// of older revisions an error that says so.
#[derive(Debug)]
pub struct Ask<S, A> {
    seal: CallSeal,
    can_ask: Result<(), ErrorData>,
    answer: Option<Answer<S, A>>,
}

/// What the user answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer<S, A> {
    /// What the tool remembered when it asked.
    pub state: S,
    /// What the user did with the form.
    pub reply: Reply<A>,
    /// Names the question: each has its own, and every delivery of its answer has the same. Where
    /// something must happen once, make it the key under which you record that it has.
    pub id: String,
}

/// What a user did with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<A> {
    /// Filled it in.
    Accepted(A),
    /// Said no.
    Declined,
    /// Turned away without an answer.
    Cancelled,
}

impl<S, A> Ask<S, A> {
    /// The answer, if this call brings one.
    pub fn take_answer(&mut self) -> Option<Answer<S, A>> {
        self.answer.take()
    }
}

impl<S: Serialize, A: JsonSchema> Ask<S, A> {
    /// Asks the user with this message, in words for people, and remembers `state`.
    ///
    /// The result of the tool, also where asking is not possible: then it is an error.
    pub fn user<R>(&self, message: impl Into<String>, state: &S) -> Turn<R> {
        Turn::asking(self.question(message.into(), state))
    }

    fn question(&self, message: String, state: &S) -> Result<InputRequiredResult, ErrorData> {
        self.can_ask.clone()?;
        let form = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema: form::<A>().map_err(|error| broken(&error))?,
        };
        let question = InputRequest::Elicitation(ElicitRequest::new(form));
        let state = self.seal.seal(state).map_err(|error| broken(&error))?;
        Ok(InputRequiredResult::new(
            Some([(QUESTION.to_owned(), question)].into()),
            Some(state),
        ))
    }
}

/// In the draft of JSON Schema that forms are written in.
fn form<A: JsonSchema>() -> serde_json::Result<ElicitationSchema> {
    let generator = SchemaSettings::draft07().into_generator();
    serde_json::from_value(generator.into_root_schema_for::<A>().to_value())
}

/// A fault of the server's author: a form that is none, a state that is not JSON, no random bytes.
fn broken(cause: &dyn std::error::Error) -> ErrorData {
    tracing::error!(%cause, "a tool cannot ask its user");
    ErrorData::internal_error("the server cannot ask this question", None)
}

impl<H, S: DeserializeOwned, A: DeserializeOwned> FromContextPart<ToolCallContext<'_, H>>
    for Ask<S, A>
{
    fn from_context_part(context: &mut ToolCallContext<'_, H>) -> Result<Self, ErrorData> {
        let extensions = &context.request_context.extensions;
        let seal = extensions.get::<CallSeal>().cloned().ok_or_else(|| {
            tracing::error!(tool = %context.name, "asks its user: add `.sealing_keys(..)` to the server");
            ErrorData::internal_error("the server has no sealing keys", None)
        })?;
        let responses = context.input_responses.take();
        let answer = match context.request_state.take() {
            Some(state) => {
                let sealed = seal.open(&state).map_err(refuse)?;
                answer(sealed, responses)?
            }
            None => None,
        };
        Ok(Self {
            can_ask: can_ask(context),
            seal,
            answer,
        })
    }
}

/// A state whose answer is missing leads to a new question.
fn answer<S, A: DeserializeOwned>(
    Sealed { id, state, .. }: Sealed<S>,
    responses: Option<InputResponses>,
) -> Result<Option<Answer<S, A>>, ErrorData> {
    let Some(response) = responses.and_then(|mut responses| responses.remove(QUESTION)) else {
        return Ok(None);
    };
    let misfit = |_| ErrorData::invalid_params("the answer does not fit the question's form", None);
    let response: ElicitResult = serde_json::from_value(response).map_err(misfit)?;
    let reply = match response.action {
        ElicitationAction::Accept => {
            let form = response.content.unwrap_or_default();
            Reply::Accepted(serde_json::from_value(form).map_err(misfit)?)
        }
        ElicitationAction::Decline => Reply::Declined,
        _ => Reply::Cancelled,
    };
    Ok(Some(Answer { state, reply, id }))
}

/// Which part was wrong stays in the log: whoever tries states out learns nothing.
fn refuse(error: StateError) -> ErrorData {
    tracing::warn!(%error, "refused a requestState");
    ErrorData::invalid_params(
        "this requestState is not of this caller and this call, or it has expired: \
         call the tool again without it",
        None,
    )
}

fn can_ask<H>(context: &ToolCallContext<'_, H>) -> Result<(), ErrorData> {
    let context = &context.request_context;
    if !is_modern(context) {
        return Err(ErrorData::invalid_request(
            "this tool must ask its user something, which takes a client of revision 2026-07-28",
            None,
        ));
    }
    let capabilities = context.client_capabilities().unwrap_or_default();
    // A client that names no mode means forms.
    let forms = capabilities.elicitation;
    if forms.is_some_and(|mode| mode.form.is_some() || mode.url.is_none()) {
        return Ok(());
    }
    let mut needed = ClientCapabilities::default();
    needed.elicitation = Some(Default::default());
    Err(ErrorData::missing_required_client_capability(needed))
}
