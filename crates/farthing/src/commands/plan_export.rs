//! `farthing plan export`

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use farthing_application::{PlanExport, PlanFile, export_plan};
use farthing_types::Clock;

use crate::clock::SystemClock;
use crate::commands::{Context, plan};
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanForm {
    /// aws_appautoscaling_target, _scheduled_action and _policy
    Terraform,
    /// ScaledObjects with cron and Prometheus triggers
    Keda,
    /// HorizontalPodAutoscalers v2
    Hpa,
    /// Karpenter NodePools
    Karpenter,
    /// Requests to AWS Application Auto Scaling: SageMaker variants and inference components
    AppAutoscaling,
    /// A CloudFormation template
    Cloudformation,
    /// The body of a pull request, in Markdown
    PullRequest,
    /// Rows of the FOCUS Recommendation dataset (1.5 draft)
    FocusRecommendation,
    /// The S3 lifecycle of each bucket of a storage plan
    S3Lifecycle,
}

impl From<PlanForm> for PlanExport {
    fn from(form: PlanForm) -> Self {
        match form {
            PlanForm::Terraform => Self::Terraform,
            PlanForm::Keda => Self::Keda,
            PlanForm::Hpa => Self::Hpa,
            PlanForm::Karpenter => Self::Karpenter,
            PlanForm::AppAutoscaling => Self::AppAutoscaling,
            PlanForm::Cloudformation => Self::Cloudformation,
            PlanForm::PullRequest => Self::PullRequest,
            PlanForm::FocusRecommendation => Self::FocusRecommendation,
            PlanForm::S3Lifecycle => Self::S3Lifecycle,
        }
    }
}

/// `farthing plan export`
#[derive(Debug, Args)]
pub struct PlanExportArgs {
    /// A plan as `farthing plan … --format json` printed it, or the id of one that was kept
    pub plan: String,
    /// The form
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub form: PlanForm,
    /// The folder to write into; it is made where it is missing
    #[arg(short = 'o', long = "output", value_name = "DIR", id = "output_folder")]
    pub folder: Utf8PathBuf,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", id = "output_format")]
    pub format: Option<Format>,
}

/// Writes a plan as the files of those who run the fleet.
pub async fn run(context: &Context, arguments: PlanExportArgs) -> anyhow::Result<Status> {
    let (name, text) = plan::document(context, &arguments.plan).await?;
    let files = export_plan(&text, &name, arguments.form.into(), SystemClock.now())?;
    write(&arguments.folder, &files)?;
    let output = OutputArgs { format: arguments.format, file: None }.or(&OutputArgs { file: None, ..context.output.clone() });
    output.show(&files, || vec![table(&files, &arguments)])?;
    Ok(Status::Done)
}

/// Writes the files into a folder, which is made where it is missing.
pub fn write(folder: &Utf8Path, files: &[PlanFile]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.to_string())?;
    for file in files {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.text).with_context(|| path.to_string())?;
    }
    Ok(())
}

fn table(files: &[PlanFile], arguments: &PlanExportArgs) -> Table {
    let mut table = Table::new("Exported plan", &["File", ">Bytes"]);
    for file in files {
        table.row(vec![Cell::text(&file.name), Cell::count(file.text.len() as u64)]);
    }
    table.note(format!("Written to {}. Nothing was applied.", arguments.folder));
    table
}
