//! `farthing users …`, `farthing tokens …`: who may ask for what over the network

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal, stdin};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use farthing_application::{NewToken, Permission, Role, TokenLine, UserLine};
use farthing_types::UnitId;

use crate::cli::ActorArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// List who may log in, and what they may do
    List(OutputArgs),
    /// Add somebody; their password is read from standard input, one line. From the first one on the API asks everybody who they are
    Add {
        /// What they log in as
        name: String,
        #[command(flatten)]
        grant: GrantArgs,
        /// They have no password and use tokens
        #[arg(long)]
        no_password: bool,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Give somebody other roles and units in place of those before
    Change {
        /// Whom
        name: String,
        #[command(flatten)]
        grant: GrantArgs,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Give somebody another password, read from standard input; their sessions end
    Password {
        /// Whom
        name: String,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say who somebody is at the OpenID provider: whoever it calls so signs in as them from now on
    Link {
        /// Whom
        name: String,
        /// What the provider calls them: the claim `sub`, which the record names where somebody was refused
        subject: String,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// From now on somebody may do nothing: their sessions end, and their tokens are good for nothing
    Disable {
        /// Whom
        name: String,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// List tokens: what they are good for, until when, and when they were last used
    List(OutputArgs),
    /// Issue a token and print its secret, which is shown this once
    Issue {
        /// What it is called; a name is used once
        name: String,
        /// The person it is for; a service of the token's name without one
        #[arg(long = "for", value_name = "PERSON")]
        person: Option<String>,
        #[command(flatten)]
        grant: GrantArgs,
        /// For how many days it is good, up to 366
        #[arg(long, default_value_t = 90)]
        days: u32,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Revoke a token: the next request with it is refused
    Revoke {
        /// Which
        name: String,
        #[command(flatten)]
        by: ActorArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What somebody is given.
#[derive(Debug, Args)]
pub struct GrantArgs {
    /// What they may do; several may be given
    #[arg(
        long = "role",
        required = true,
        value_name = "viewer|analyst|engineer|approver|controller|portfolio-reviewer|auditor|administrator",
        hide_possible_values = true
    )]
    roles: Vec<Role>,
    /// Only about this unit and those below it; several may be given
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<UnitId>,
}

impl GrantArgs {
    fn units(&self) -> Option<BTreeSet<UnitId>> {
        (!self.units.is_empty()).then(|| self.units.iter().cloned().collect())
    }
}

/// Lists, adds, changes or disables people.
pub async fn run(context: &Context, command: UsersCommand) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let administers = async |by: ActorArgs| by.may(context, &farthing, Permission::Administer).await;
    let (output, users) = match command {
        UsersCommand::List(output) => (output, farthing.users().await?),
        UsersCommand::Add { name, grant, no_password, by, output } => {
            let by = administers(by).await?;
            let password = if no_password { None } else { Some(password_of(&name)?) };
            let added = farthing.add_user(&name, password, &grant.roles, grant.units().as_ref(), &by).await?;
            (output, vec![added])
        }
        UsersCommand::Change { name, grant, by, output } => {
            let by = administers(by).await?;
            (output, vec![farthing.change_user(&name, &grant.roles, grant.units().as_ref(), &by).await?])
        }
        UsersCommand::Password { name, by, output } => {
            let by = administers(by).await?;
            let password = password_of(&name)?;
            (output, vec![farthing.set_password(&name, password, &by).await?])
        }
        UsersCommand::Link { name, subject, by, output } => {
            (output, vec![farthing.link_user(&name, &subject, &administers(by).await?).await?])
        }
        UsersCommand::Disable { name, by, output } => {
            (output, vec![farthing.disable_user(&name, &administers(by).await?).await?])
        }
    };
    output.or(&context.output).show(&users, || vec![people(&users)])?;
    Ok(Status::Done)
}

/// Lists, issues or revokes tokens.
pub async fn tokens(context: &Context, command: TokensCommand) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let administers = async |by: ActorArgs| by.may(context, &farthing, Permission::Administer).await;
    match command {
        TokensCommand::List(output) => {
            let tokens = farthing.tokens().await?;
            output.or(&context.output).show(&tokens, || vec![table(&tokens)])?;
        }
        TokensCommand::Issue { name, person, grant, days, by, output } => {
            let new = NewToken { name, person, units: grant.units(), roles: grant.roles, days };
            let issued = farthing.issue_token(&new, &administers(by).await?).await?;
            output.or(&context.output).show(&issued, || {
                let mut table = table(std::slice::from_ref(&issued.token));
                table.note(format!("Its secret, shown this once: {}", issued.secret));
                table.note("Send it as the header `Authorization: Bearer …`.".to_owned());
                vec![table]
            })?;
        }
        TokensCommand::Revoke { name, by, output } => {
            let revoked = [farthing.revoke_token(&name, &administers(by).await?).await?];
            output.or(&context.output).show(&revoked, || vec![table(&revoked)])?;
        }
    }
    Ok(Status::Done)
}

/// One line of standard input.
fn password_of(name: &str) -> anyhow::Result<String> {
    let stdin = stdin();
    if stdin.is_terminal() {
        eprintln!("Password of {name} (it is shown as you type; a pipe or a file shows nothing):");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn day(moment: Option<DateTime<Utc>>) -> Cell {
    Cell::text(moment.map(|at| at.format("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default())
}

fn words<T: ToString>(words: impl IntoIterator<Item = T>) -> Cell {
    Cell::text(words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(", "))
}

fn about(units: Option<&BTreeSet<UnitId>>) -> Cell {
    units.map_or_else(|| Cell::text("everything"), words)
}

fn people(users: &[UserLine]) -> Table {
    let mut table = Table::new("People", &["Name", "Roles", "About", "Logs in", "Added", "By", "Disabled"]);
    for user in users {
        table.row(vec![
            Cell::text(user.name.clone()),
            words(&user.roles),
            about(user.units.as_ref()),
            Cell::text(match (user.issuer.as_deref(), user.has_password) {
                (Some(issuer), _) => issuer,
                (None, true) => "by password",
                (None, false) => "by token alone",
            }),
            day(Some(user.added_at)),
            Cell::text(user.added_by.clone()),
            day(user.disabled_at),
        ]);
    }
    if users.is_empty() {
        let how = "`farthing users add NAME --role administrator` adds one";
        table.note(format!("Nobody yet: the API is served on this machine alone, to whoever is at it. {how}."));
    }
    table
}

fn table(tokens: &[TokenLine]) -> Table {
    let mut table = Table::new("Tokens", &["Name", "For", "Roles", "About", "State", "Expires", "Last used"]);
    for token in tokens {
        table.row(vec![
            Cell::text(token.name.clone()),
            Cell::text(token.person.clone().unwrap_or_else(|| "a service".to_owned())),
            words(&token.roles),
            about(token.units.as_ref()),
            Cell::text(token.state),
            day(Some(token.expires_at)),
            day(token.used_at),
        ]);
    }
    if tokens.is_empty() {
        table.note("No tokens yet: `farthing tokens issue NAME --role viewer` issues one.".to_owned());
    }
    table
}
