//! Every workload, and the servers that do it. A row more is a line more here.

use crate::{
    measure::{listen, session, sse},
    request,
    server::{App, Launch, floor, ours, stock},
    tools::{Order, Say},
    workload::{Ask, Contender, Kind, Problem, Right, Workload},
};

const ECHO: Ask = Ask {
    request: request::echo,
    right: HELLO,
};
const HELLO: Right = Right(&[("\"text\":\"hello\"", 1), ("\"isError\":false", 1)]);

/// In the order of the table. The first contender is the floor.
pub(crate) static WORKLOADS: &[Workload] = &[
    Workload {
        name: "call",
        about: "tools/call of 2026-07-28, everybody let in",
        kind: Kind::Answer(ECHO),
        contenders: &[
            of("axum", |_| Ok(floor::typed::<Say>())),
            of("axum-value", |_| Ok(floor::value::<Say>())),
            of("portcullis", ours::echo),
            of("rmcp", |launch| Ok(stock::echo(launch))),
            of("rmcp-macros", |launch| Ok(stock::rebuilding_two(launch))),
        ],
    },
    Workload {
        name: "call-with-token",
        about: "the same with a token that is remembered, and a policy; rmcp ignores the token",
        kind: Kind::Answer(ECHO),
        contenders: &[
            of("axum", |_| {
                Ok(floor::typed::<Say>().with_bearer(floor::BEARER))
            }),
            of("portcullis", ours::signed_in),
            of("rmcp", |launch| {
                Ok(stock::echo(launch).with_bearer(floor::BEARER))
            }),
        ],
    },
    Workload {
        name: "call-2025-06-18",
        about: "tools/call of 2025-06-18 without a session",
        kind: Kind::Answer(Ask {
            request: request::echo_2025,
            right: HELLO,
        }),
        contenders: &[
            of("axum", |_| Ok(floor::typed::<Say>())),
            of("portcullis", ours::echo),
            of("rmcp", |launch| Ok(stock::echo(launch))),
            of("rmcp-macros", |launch| Ok(stock::rebuilding_two(launch))),
        ],
    },
    Workload {
        name: "tools",
        about: "tools/call at servers of 1, 50 and 500 tools",
        kind: Kind::Answer(ECHO),
        contenders: &[
            of("axum", |_| Ok(floor::typed::<Say>())),
            of("portcullis-1", ours::echo),
            of("portcullis-50", ours::fifty),
            of("portcullis-500", ours::five_hundred),
            of("rmcp-1", |launch| Ok(stock::echo(launch))),
            of("rmcp-50", |launch| Ok(stock::fifty(launch))),
            of("rmcp-500", |launch| Ok(stock::five_hundred(launch))),
            of("rmcp-macros-50", |launch| {
                Ok(stock::rebuilding_fifty(launch))
            }),
        ],
    },
    Workload {
        name: "nested",
        about: "tools/call with 4 KB of nested arguments",
        kind: Kind::Answer(Ask {
            request: request::order,
            right: Right(&[("\"text\":\"325 pieces\"", 1)]),
        }),
        contenders: &[
            of("axum-value", |_| Ok(floor::value::<Order>())),
            of("axum", |_| Ok(floor::typed::<Order>())),
            of("portcullis", ours::order),
            of("rmcp", |launch| Ok(stock::order(launch))),
        ],
    },
    Workload {
        name: "list",
        about: "tools/list of 50 tools",
        kind: Kind::Answer(Ask {
            request: request::list,
            right: Right(&[("\"inputSchema\"", 50), ("\"tool_050\"", 1)]),
        }),
        contenders: &[
            of("axum-bytes", floor::list),
            of("portcullis", ours::fifty),
            of("rmcp", |launch| Ok(stock::fifty(launch))),
            of("rmcp-macros", |launch| Ok(stock::rebuilding_fifty(launch))),
        ],
    },
    Workload {
        name: "progress",
        about: "tools/call that reports progress ten times before it answers",
        kind: Kind::Answer(Ask {
            request: request::import,
            right: Right(&[
                ("\"notifications/progress\"", 10),
                ("\"progressToken\":\"here\"", 10),
                ("\"text\":\"10 imported\"", 1),
            ]),
        }),
        contenders: &[
            of("axum", |_| Ok(floor::progress())),
            of("portcullis", ours::import),
            of("rmcp", |launch| Ok(stock::import(launch))),
        ],
    },
    Workload {
        name: "sse",
        about: "HTTP+SSE of 2024-11-05: a posted tools/call, 202, and the answer as an event",
        kind: Kind::Event(Ask {
            request: request::echo_2024,
            right: HELLO,
        }),
        contenders: &[
            of("axum", |_| Ok(floor::sse())),
            of("portcullis", ours::sse),
        ],
    },
    Workload {
        name: "idle-listen",
        about: "streams of subscriptions/listen on which nothing happens",
        kind: Kind::Idle(listen),
        contenders: &[
            of("axum", |_| Ok(floor::board())),
            of("axum-on-hyper", |_| Ok(floor::board().behind_hyper())),
            of("portcullis", ours::board),
            of("portcullis-on-hyper", |launch| {
                Ok(ours::board(launch)?.behind_hyper())
            }),
            of("rmcp", |launch| Ok(stock::board(launch))),
        ],
    },
    Workload {
        name: "idle-sse",
        about: "streams of HTTP+SSE on which nothing happens",
        kind: Kind::Idle(sse),
        contenders: &[
            of("axum", |_| Ok(floor::sse())),
            of("axum-on-hyper", |_| Ok(floor::sse().behind_hyper())),
            of("portcullis", ours::sse),
            of("portcullis-on-hyper", |launch| {
                Ok(ours::sse(launch)?.behind_hyper())
            }),
        ],
    },
    Workload {
        name: "idle-session",
        about: "sessions of 2025-06-18 and their streams, on which nothing happens",
        kind: Kind::Idle(session),
        contenders: &[
            of("axum", |_| Ok(floor::sessions())),
            of("axum-on-hyper", |_| Ok(floor::sessions().behind_hyper())),
            of("portcullis", ours::sessions),
            of("rmcp", |launch| Ok(stock::sessions(launch))),
        ],
    },
    Workload {
        name: "fan-out",
        about: "an event that all streams of subscriptions/listen are told",
        kind: Kind::FanOut {
            open: listen,
            announce: Ask {
                request: request::announce,
                right: Right(&[("\"text\":\"announced\"", 1)]),
            },
            heard: Right(&[
                ("\"notifications/tools/list_changed\"", 1),
                ("\"io.modelcontextprotocol/subscriptionId\":1", 1),
            ]),
        },
        contenders: &[
            of("axum", |_| Ok(floor::board())),
            of("portcullis", ours::board),
            of("rmcp", |launch| Ok(stock::board(launch))),
        ],
    },
];

const fn of(name: &'static str, app: fn(&Launch<'_>) -> Result<App, Problem>) -> Contender {
    Contender { name, app }
}

/// The workload of that name.
pub(crate) fn workload(name: &str) -> Option<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name)
}

/// A contender of a workload.
pub(crate) fn find(of: &str, name: &str) -> Option<&'static Contender> {
    let mut contenders = workload(of)?.contenders.iter();
    contenders.find(|contender| contender.name == name)
}
