//! Why a server or an application cannot be built.

use portcullis_auth::{ConfigError, InvalidName};

/// A server or an application that is not ready to be served. The message says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The resource identifier given to [`McpServer::new`](crate::McpServer::new).
    #[error(
        "McpServer::new: the {0}; give the URL that clients will use, such as \
         https://mcp.example.com/weather/mcp"
    )]
    Resource(#[source] InvalidName),
    /// An event stream at the root of an origin.
    #[cfg(feature = "sse")]
    #[error("legacy_sse: {0} has no path; give the URL of the event stream, such as {0}/sse")]
    SseAtRoot(String),
    /// Sessions of Streamable HTTP on a server that does not speak it.
    #[cfg(feature = "sse")]
    #[error("legacy_sse has sessions of its own: leave out `.sessions(..)`")]
    SseWithSessions,
    /// Mixed revisions on a server whose sessions have one, whatever a header says.
    #[cfg(feature = "sse")]
    #[error(
        "legacy_sse looks at no header for a session's revision: leave out `.mixed_revisions(..)`"
    )]
    SseWithMixedRevisions,
    /// Limits of sessions on a server that does not have them.
    #[cfg(feature = "sse")]
    #[error("sse_limits bounds the sessions of legacy_sse: add `.legacy_sse()`, or leave it out")]
    LimitsWithoutSse,
    /// A replica's name on what has no sessions that could carry it.
    #[error(
        "replica: there are no sessions that other replicas could be asked for: add \
         `.sessions(Sessions::in_memory())` or `.legacy_sse()` to the server, or leave `.replica(..)` \
         out"
    )]
    ReplicaWithoutSessions,
    /// The app and a server with sessions are not the same replica, or only one of them is any.
    #[error(
        "replica: the sessions of {0} would not be found by other replicas: say `.replica(&replica)` \
         both on its McpServer and on the App, with the same replica, or on neither"
    )]
    ReplicaOnOneSide(String),
    /// The authentication scheme lacks something.
    #[error(transparent)]
    Auth(#[from] ConfigError),
    /// A tool's scope breaks RFC 6749 §3.3.
    #[error("tool `{tool}`: the {source}")]
    Scope {
        /// The tool.
        tool: String,
        /// What is wrong with its scope.
        source: InvalidName,
    },
    /// A prompt's scope breaks RFC 6749 §3.3.
    #[error("prompt `{prompt}`: the {source}")]
    PromptScope {
        /// The prompt.
        prompt: String,
        /// What is wrong with its scope.
        source: InvalidName,
    },
    /// A scope given to `resource_scopes` breaks RFC 6749 §3.3.
    #[error("resource_scopes `{uri}`: the {source}")]
    ResourceScope {
        /// The URI or template that was given.
        uri: String,
        /// What is wrong with its scope.
        source: InvalidName,
    },
    /// A rule of `resource_scopes` that no URI can meet, so that it guards nothing.
    #[error(
        "resource_scopes `{0}` covers nothing: a URI with `.` or `..` as a segment, a control \
         character, a backslash, or whitespace at an end does not exist for clients; write the rule \
         without"
    )]
    ResourceRule(String),
    /// Scopes were given twice to one tool, or to one prompt.
    #[error("`{0}` is given scopes twice: leave one out, and name all scopes in the other")]
    ScopesTwice(String),
    /// A scope given to `initial_scopes` breaks RFC 6749 §3.3.
    #[error("initial_scopes: the {0}")]
    InitialScope(#[source] InvalidName),
    /// Some tools do not say who may use them, beside other tools, prompts or resources that do.
    #[error(
        "the tools `{0}` do not say who may use them, but others, or prompts or resources, of this \
         server do: add `scopes(\"…\")`, or `scopes()` for every authenticated caller"
    )]
    UnsaidScopes(String),
    /// Some prompts do not say who may use them, beside other prompts, tools or resources that do.
    #[error(
        "the prompts `{0}` do not say who may use them, but others, or tools or resources, of this \
         server do: add `scopes(\"…\")`, or `scopes()` for every authenticated caller"
    )]
    UnsaidPromptScopes(String),
    /// The handler declares prompts that no macro of this crate has read and nothing says who may use
    /// them, beside tools or resources that say who may use them.
    #[error(
        "nothing says who may use the prompts, but tools or resources of this server say who may use \
         them: add `.prompt_scopes(\"name\", [\"…\"])` for each prompt, with `[\"\"; 0]` for every \
         authenticated caller"
    )]
    UnsaidPrompts,
    /// The handler declares resources or skills and nothing says who may read them, beside tools or
    /// prompts that say who may use them.
    #[error(
        "nothing says who may read the resources, but tools or prompts of this server say who may \
         use them: add `.resource_scopes(\"book://{{title}}\", [\"…\"])`, or `.open_resources()` \
         for every authenticated caller"
    )]
    UnsaidResourceScopes,
    /// Two routers of one server hold a prompt of the same name.
    #[error(
        "two prompts are called `{0}`: rename one, since clients tell prompts apart by name alone"
    )]
    DuplicatePrompt(String),
    /// Scopes were given to a prompt that the macros do not know.
    #[error("prompt_scopes: there is no prompt `{0}`")]
    NoSuchPrompt(String),
    /// Two routers of one server hold a tool of the same name.
    #[error("two tools are called `{0}`: rename one, since clients tell tools apart by name alone")]
    DuplicateTool(String),
    /// A tool asks its user something, and there are no keys to seal what it remembers meanwhile.
    #[error(
        "the tool `{0}` asks its user something, so the server needs keys to seal what it remembers \
         until the answer comes: add `.sealing_keys(SealingKeys::from_env()?)`"
    )]
    NoSealingKeys(String),
    /// A tool takes two `Ask`s: the answer to the one's question would arrive at the other.
    #[error(
        "the tool `{0}` takes more than one `Ask`, and an answer could not be told from that to the \
         other's question: take one, with a state that says what was asked, or make it two tools"
    )]
    TwoQuestions(String),
    /// The handler declares the tasks extension, and there are no keys to bind tasks to their callers.
    #[error(
        "this server has tasks, so it needs keys to seal their ids for their callers: add \
         `.sealing_keys(SealingKeys::from_env()?)`"
    )]
    NoTaskKeys,
    /// Clients would leave out a tool, because of an `x-mcp-header` in its input schema.
    #[error("tool `{tool}`: {source}")]
    ParamHeader {
        /// The tool.
        tool: String,
        /// What is wrong, and with which argument.
        source: portcullis_transport::ParamHeaderError,
    },
    /// A schema of a tool that MCP does not allow, or that nobody can check values against.
    #[error("tool `{tool}`: {reason}")]
    Schema {
        /// The tool.
        tool: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `tools_ttl` or `tools_per_page` beside a `list_tools` that the macros did not write.
    #[error(
        "tools_ttl and tools_per_page are for lists that the macros write, and this handler has a \
         `list_tools` of its own: say there how long its answer is good for, and which page it is"
    )]
    OwnToolList,
    /// Pages without tools.
    #[error("tools_per_page: a page of no tools would have no end; give at least 1")]
    EmptyPages,
    /// Scopes were given to a tool that the handler does not have.
    #[error("tool_scopes: there is no tool `{0}`")]
    NoSuchTool(String),
    /// The origin given to `App::new`.
    #[error("App::new: the {0}; give scheme and host alone, such as https://mcp.example.com")]
    Origin(String),
    /// The app has neither a server nor an authorization server.
    #[error("App::into_router: there is nothing to serve: add a server with `.server(..)`")]
    NothingToServe,
    /// The app has an authorization server beside that of `dev::login`.
    #[cfg(feature = "testing")]
    #[error(
        "dev::login brings an authorization server of its own: remove `.authorization_server(..)`, \
         or give the servers `.auth(oauth.verifier())` instead of `.auth(dev::login(..)?)`"
    )]
    TwoSignIns,
    /// A server's resource lies on another origin than the application.
    #[error(
        "the server {resource} cannot be served by an app at {app}: clients would look for its \
         metadata elsewhere; give both the same origin"
    )]
    ForeignServer {
        /// The server's resource identifier.
        resource: String,
        /// The application's origin.
        app: String,
    },
    /// The authorization server's issuer is another origin than the application's.
    #[error(
        "the authorization server {issuer} cannot be served by an app at {app}: clients compare \
         the issuer with where they found it; give both the same origin"
    )]
    ForeignIssuer {
        /// The issuer.
        issuer: String,
        /// The application's origin.
        app: String,
    },
    /// Something of a server needs a scope that the app's authorization server never grants, and no
    /// other credential is accepted than its tokens: callers would be sent to sign in again and again.
    #[cfg(feature = "authorization-server")]
    #[error(
        "{what} of {resource} needs the scope `{scope}`, which the authorization server never grants: \
         write `.resource(\"{resource}\", [{scopes}])` there"
    )]
    UngrantedScope {
        /// What needs it: a tool, a prompt, resources, or `initial_scopes`.
        what: String,
        /// The scope.
        scope: String,
        /// The server's resource identifier.
        resource: String,
        /// What `.resource(..)` must name.
        scopes: String,
    },
    /// Two servers, or a server and another route, want the same path.
    #[error("two things want to be served at {0}: give each server a path of its own")]
    PathTaken(String),
    /// Everybody on the Internet could call the tools.
    #[error(
        "{0} lets everybody in and is not on loopback: give it `.auth(..)`, or say \
         `App::allow_anonymous()` if the tools are meant for the public"
    )]
    PublicAnonymous(String),
    /// A name given to `App::allow_host` or `App::allow_origin`.
    #[cfg(feature = "http")]
    #[error(transparent)]
    Guard(#[from] portcullis_transport::GuardError),
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Entropy(#[from] portcullis_auth::EntropyError),
}
