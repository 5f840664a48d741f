//! Scopes of prompts and resources.

mod build;
mod caches;
mod grants;
mod refusals;

use axum::Router;
use portcullis::{
    auth::Bearer,
    prelude::*,
    rmcp::{
        ErrorData, RoleServer, ServerHandler,
        model::{
            CacheScope, CompleteRequestParams, CompleteResult, CompletionInfo,
            GetSkillRequestParams, GetSkillResult, ListResourceTemplatesResult,
            ListResourcesResult, ListSkillsResult, PaginatedRequestParams, PromptMessage,
            ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult,
            ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
            Role, ServerCapabilities, ServerConfig, Skill, SkillFrontmatter, SkillResource,
            SkillResources, SubscribeRequestParams, UnsubscribeRequestParams,
        },
        service::RequestContext,
    },
    transport::Sessions,
};

use crate::support::{MCP, ORIGIN, Plain};

#[derive(Clone)]
struct Library;

#[tool_router]
impl Library {
    #[tool(scopes("library/order"))]
    async fn order(&self) -> String {
        "ordered".into()
    }
}

#[prompt_router]
impl Library {
    #[prompt(scopes("library/read"))]
    async fn summary(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Sum it up.")]
    }

    /// Bears the name of a tool with another scope.
    #[prompt(name = "order", scopes())]
    async fn ordering(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Order it.")]
    }
}

#[tool_handler]
#[prompt_handler]
impl ServerHandler for Library {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_completions()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_skills_with_directory_read();
        ServerConfig::new(can.build())
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::default().with_cache_scope(CacheScope::Public))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let page = ResourceContents::text("page one", request.uri);
        let read = ReadResourceResult::new(vec![page]);
        Ok(read.with_cache_scope(CacheScope::Public).into())
    }

    async fn list_resource_templates(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::default().with_cache_scope(CacheScope::Public))
    }

    async fn list_skills(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        Ok(ListSkillsResult::default().with_cache_scope(CacheScope::Public))
    }

    async fn subscribe(
        &self,
        _request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn read_resource_directory(
        &self,
        _request: ReadResourceDirectoryRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        Ok(ReadResourceDirectoryResult::default().with_cache_scope(CacheScope::Public))
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        let skill = triage(&request.uri);
        Ok(GetSkillResult::new(skill).with_cache_scope(CacheScope::Public))
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let secret = CompletionInfo::with_all_values(vec!["Emma".into()]);
        Ok(CompleteResult::new(secret.unwrap()))
    }
}

fn triage(uri: &str) -> Skill {
    let file = SkillResource::from_bytes(uri, b"Look at it first.");
    let about = SkillFrontmatter::new("triage", "Sorts what comes in.");
    Skill::new(uri, about, SkillResources::Files(vec![file]))
}

/// One handler behind every transport.
pub(crate) fn app() -> Router {
    let server = |resource| {
        McpServer::new(resource, Library)
            .resource_scopes("book://{title}", ["library/read"])
            .resource_scopes("book://rare/{title}", ["library/rare"])
            .resource_scopes("skill://desk/triage/{+path}", ["desk/work"])
            .auth(Bearer(Plain))
    };
    let current = server(MCP).sessions(Sessions::in_memory());
    let legacy = server("https://mcp.example.com/desk/sse").legacy_sse();
    App::new(ORIGIN)
        .server(current.build().unwrap())
        .server(legacy.build().unwrap())
        .into_router()
        .unwrap()
}
