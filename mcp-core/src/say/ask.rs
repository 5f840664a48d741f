use http::StatusCode;
use rmcp::{
    ErrorData, RoleServer,
    handler::server::{common::FromContextPart, tool::ToolCallContext},
    model::{
        ClientCapabilities, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
        InputRequest, InputRequiredResult, InputResponses,
    },
    schemars::JsonSchema,
    service::RequestContext,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Turn,
    converse::OpenQuestion,
    form::{fits, form},
    is_modern,
    seal::{CallSeal, Sealed, StateError},
};
use crate::policy::count;

/// The key of the one question, and of its answer.
pub(super) const QUESTION: &str = "question";

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
/// A tool takes one `Ask`, as a parameter of its own: an extractor that wraps it cannot ask. If there is
/// more than one thing to ask, let the state say which it was.
///
/// The tool ends with its question, and **runs again from its beginning** when the answer is there: do
/// nothing before [`take_answer`](Self::take_answer) that must not happen twice.
///
/// - To a client of 2026-07-28 the question is the result of the call (an `InputRequiredResult`), so
///   nothing is held open while the user thinks. The client calls again with the answer and the state,
///   on any replica.
/// - A client of an older revision is asked with `elicitation/create` on the connection of its call,
///   which stays open; the server runs the tool again. That takes a session
///   ([`McpServerBuilder::sessions`](crate::McpServerBuilder::sessions), `legacy_sse`) or stdio, and a
///   client that has said `elicitation` in its `initialize`.
///
/// The state is sealed under the server's [`sealing_keys`](crate::McpServerBuilder::sealing_keys): it
/// opens for the same caller, server, tool and arguments only, and for ten minutes. Anything else, and
/// an answer that does not fit the form, is refused with `-32602` before the tool runs. Within that
/// time a newer client can send the same answer again: see [`Answer::id`].
///
/// An answer fits if it has what the form requires, of its types, and keeps to `range`, `length` and the
/// choices of an enum. Of a `format` clients are told, of a `pattern` they are not, and neither is
/// checked: look at such a text in the tool.
///
/// Clients that cannot ask their user get an error that says what is missing: `-32021` those of
/// 2026-07-28, `-32600` older ones.
#[derive(Debug)]
pub struct Ask<S, A> {
    seal: CallSeal,
    way: Result<Way, ErrorData>,
    answer: Option<Answer<S, A>>,
}

/// How a question gets to the client.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// As the result of the call.
    Result,
    /// On the connection, by whoever called the tool.
    Connection(OpenQuestion),
}

/// A form for the user, and the sealed state.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) form: ElicitRequestParams,
    pub(super) state: String,
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
#[non_exhaustive]
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

    fn question(&self, message: String, state: &S) -> Result<(Question, Way), ErrorData> {
        let way = self.way.clone()?;
        let form = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema: form::<A>().map_err(|error| broken(&error))?,
        };
        let state = self.seal.seal(state).map_err(|error| broken(&error))?;
        Ok((Question { form, state }, way))
    }
}

impl From<Question> for InputRequiredResult {
    fn from(question: Question) -> Self {
        let form = InputRequest::Elicitation(ElicitRequest::new(question.form));
        Self::new(
            Some([(QUESTION.to_owned(), form)].into()),
            Some(question.state),
        )
    }
}

/// A fault of the server's author: a form that is none, a state that is not JSON, no random bytes.
fn broken(cause: &dyn std::error::Error) -> ErrorData {
    tracing::error!(cause = cause.to_string(), "a tool cannot ask its user");
    ErrorData::internal_error("the server cannot ask this question", None)
}

impl<H, S, A> FromContextPart<ToolCallContext<'_, H>> for Ask<S, A>
where
    S: DeserializeOwned,
    A: DeserializeOwned + JsonSchema,
{
    fn from_context_part(context: &mut ToolCallContext<'_, H>) -> Result<Self, ErrorData> {
        // Taken, so that no second one of the same call takes an answer to this one's question.
        let extensions = &mut context.request_context.extensions;
        let seal = extensions.remove::<CallSeal>().ok_or_else(|| {
            tracing::error!(
                tool = &*context.name,
                "cannot ask its user: take `Ask` once, and directly as a parameter of the tool; \
                 where the macros do not see it, also add `.sealing_keys(..)` to the server"
            );
            ErrorData::internal_error("the server cannot ask this question", None)
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
            way: way(&context.request_context),
            seal,
            answer,
        })
    }
}

/// A state whose answer is missing leads to a new question.
fn answer<S, A: DeserializeOwned + JsonSchema>(
    Sealed { id, state, .. }: Sealed<S>,
    responses: Option<InputResponses>,
) -> Result<Option<Answer<S, A>>, ErrorData> {
    let Some(response) = responses.and_then(|mut responses| responses.remove(QUESTION)) else {
        return Ok(None);
    };
    let misfit = || ErrorData::invalid_params("the answer does not fit the question's form", None);
    let response: ElicitResult = serde_json::from_value(response).map_err(|_| misfit())?;
    let reply = match response.action {
        ElicitationAction::Accept => {
            let content = response.content.unwrap_or_default();
            if !fits::<A>(&content) {
                return Err(misfit());
            }
            Reply::Accepted(serde_json::from_value(content).map_err(|_| misfit())?)
        }
        ElicitationAction::Decline => Reply::Declined,
        _ => Reply::Cancelled,
    };
    Ok(Some(Answer { state, reply, id }))
}

/// Which part was wrong stays in the log: whoever tries states out learns nothing.
fn refuse(error: StateError) -> ErrorData {
    tracing::warn!(error = error.to_string(), "refused a requestState");
    count("request_state", StatusCode::BAD_REQUEST);
    ErrorData::invalid_params(
        "this requestState is not of this caller and this call, or it has expired: \
         call the tool again without it",
        None,
    )
}

fn way(context: &RequestContext<RoleServer>) -> Result<Way, ErrorData> {
    if !is_modern(context) {
        let open = context.extensions.get::<OpenQuestion>().cloned();
        return open.map(Way::Connection).ok_or_else(|| {
            ErrorData::invalid_request(
                "this tool must ask its user something: that takes a client of revision \
                 2026-07-28, or a session whose client declared `elicitation` when it initialized",
                None,
            )
        });
    }
    if can_show_forms(context) {
        return Ok(Way::Result);
    }
    let mut needed = ClientCapabilities::default();
    needed.elicitation = Some(Default::default());
    Err(ErrorData::missing_required_client_capability(needed))
}

/// A client that names no mode means forms.
pub(super) fn can_show_forms(context: &RequestContext<RoleServer>) -> bool {
    let capabilities = context.client_capabilities().unwrap_or_default();
    let modes = capabilities.elicitation;
    modes.is_some_and(|mode| mode.form.is_some() || mode.url.is_none())
}
