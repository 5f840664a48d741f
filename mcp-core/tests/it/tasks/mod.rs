//! Tasks: of `LongWork`, and of a handler that knows nothing of callers. They are bound to them all the
//! same.

mod owners;
mod work;

use axum::Router;
use portcullis::{
    auth::{Bearer, SealingKeys},
    prelude::*,
    rmcp::{
        ErrorData, RoleServer, ServerHandler,
        model::{
            CallToolResponse, CallToolResult, CancelTaskParams, ContentBlock, CreateTaskResult,
            GetTaskParams, GetTaskResult, ServerCapabilities, ServerConfig, UpdateTaskParams,
        },
        service::RequestContext,
        task_manager::{TaskExit, TaskManager, TaskOptions},
    },
    transport::Sessions,
};

use crate::support::{MCP, ORIGIN, Plain};

/// Its tasks run until they are cancelled.
#[derive(Clone, Default)]
struct Studio(TaskManager);

#[tool_router]
impl Studio {
    #[tool(scopes("film/render"))]
    async fn render(&self) -> CallToolResponse {
        let task = self.0.spawn(TaskOptions::new(), |task| {
            Box::pin(async move {
                task.cancelled().await;
                Err(TaskExit::Cancelled)
            })
        });
        CreateTaskResult::new(task).into()
    }

    #[tool(scopes())]
    async fn now(&self) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text("noon")])
    }
}

#[tool_handler]
impl ServerHandler for Studio {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder().enable_tools().enable_tasks();
        ServerConfig::new(can.build())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.0.get_task(&request.task_id).map(GetTaskResult::new)
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0
            .update_task(&request.task_id, request.input_responses)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0.cancel_task(&request.task_id)
    }
}

const SSE: &str = "https://mcp.example.com/desk/sse";

fn keys() -> SealingKeys {
    SealingKeys::parse(&SealingKeys::generate("k1").unwrap()).unwrap()
}

/// One handler behind every transport.
fn app(studio: &Studio, keys: &SealingKeys) -> Router {
    let server = |resource| {
        McpServer::new(resource, studio.clone())
            .sealing_keys(keys.clone())
            .auth(Bearer(Plain))
    };
    let current = server(MCP).sessions(Sessions::in_memory()).build();
    let legacy = server(SSE).legacy_sse().build();
    App::new(ORIGIN)
        .server(current.unwrap())
        .server(legacy.unwrap())
        .into_router()
        .unwrap()
}
