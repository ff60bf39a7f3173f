//! What an entry can be about, a closed list.

use std::fmt;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $variant,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word in entries.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

actions!(
    /// Facts became visible in place of those before.
    ImportPublished = "import.published",
    /// A document became the one in force.
    DocumentPublished = "document.published",
    /// A billing period was closed.
    PeriodClosed = "period.closed",
    /// Somebody asked to open a closed period again.
    ReopeningAsked = "reopening.asked",
    /// A request was granted: the period is open.
    ReopeningGranted = "reopening.granted",
    /// A request was refused: the period stays closed.
    ReopeningRefused = "reopening.refused",
    /// The certificate of a closed period was issued.
    CertificateIssued = "certificate.issued",
    /// A plan was kept: who made it proposes it.
    PlanKept = "plan.kept",
    /// Somebody else made the same plan, and stands behind it too.
    RecommendationProposed = "recommendation.proposed",
    /// Somebody said something about a recommendation.
    RecommendationCommented = "recommendation.commented",
    /// Somebody doubts a recommendation: what was approved before counts no more.
    RecommendationChallenged = "recommendation.challenged",
    /// A challenge was answered.
    RecommendationAnswered = "recommendation.answered",
    /// Somebody approved a recommendation.
    RecommendationApproved = "recommendation.approved",
    /// Somebody approved a recommendation in spite of a challenge.
    RecommendationOverridden = "recommendation.overridden",
    /// A recommendation was refused for good.
    RecommendationRejected = "recommendation.rejected",
    /// A phase of a recommendation was carried out.
    RecommendationApplied = "recommendation.applied",
    /// Somebody said what a recommendation brought.
    RecommendationVerified = "recommendation.verified",
    /// What was applied was taken back.
    RecommendationRolledBack = "recommendation.rolled-back",
    /// A recommendation was given to somebody to deal with, or taken from them.
    RecommendationAssigned = "recommendation.assigned",
    /// Nobody answered a recommendation for too long: it went to somebody else.
    RecommendationEscalated = "recommendation.escalated",
    /// The time of a recommendation, or of its approval, was over.
    RecommendationExpired = "recommendation.expired",
    /// A recommendation runs in shadow: nothing of it is applied.
    RecommendationShadowed = "recommendation.shadowed",
    /// What was done while a recommendation ran in shadow was put on record.
    RecommendationObserved = "recommendation.observed",
    /// A recommendation was taken out of shadow.
    RecommendationResumed = "recommendation.resumed",
    /// The review of a quarter was opened.
    ReviewOpened = "review.opened",
    /// A review decided on a model.
    ReviewDecided = "review.decided",
    /// The files of a replaced revision go.
    RevisionRetired = "revision.retired",
    /// The files of a revision were written anew; what they say is the same.
    RevisionMoved = "revision.moved",
    /// Somebody asked for a run of a job.
    JobAsked = "job.asked",
    /// Somebody cancelled a run.
    JobCancelled = "job.cancelled",
    /// A person who may log in was added.
    UserAdded = "user.added",
    /// What a person may do was changed.
    UserChanged = "user.changed",
    /// A person may not log in any more.
    UserDisabled = "user.disabled",
    /// A token was issued.
    TokenIssued = "token.issued",
    /// A token was revoked.
    TokenRevoked = "token.revoked",
    /// A person logged in.
    SessionOpened = "session.opened",
    /// A provider vouched for a person who was not let in, or for nobody.
    SessionRefused = "session.refused",
    /// A person logged out.
    SessionClosed = "session.closed",
    /// A channel was told of something.
    AlertSent = "alert.sent",
    /// A channel could not be told of something, and nobody tries again.
    AlertFailed = "alert.failed",
    /// Somebody tried a channel.
    AlertTested = "alert.tested",
    /// Somebody had what a channel could not be told of sent again.
    AlertResent = "alert.resent",
    /// Data about people was read, over the network or by a command.
    PeopleRead = "people.read",
    /// People were taken out of a revision, or rows about them, as the retention document says.
    PeopleErased = "people.erased",
);

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
