//! `farthing plan export`

use anyhow::Context as _;
use camino::Utf8PathBuf;
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
    let form = match arguments.form {
        PlanForm::Terraform => PlanExport::Terraform,
        PlanForm::Keda => PlanExport::Keda,
        PlanForm::Hpa => PlanExport::Hpa,
        PlanForm::Karpenter => PlanExport::Karpenter,
        PlanForm::AppAutoscaling => PlanExport::AppAutoscaling,
        PlanForm::Cloudformation => PlanExport::Cloudformation,
        PlanForm::PullRequest => PlanExport::PullRequest,
        PlanForm::FocusRecommendation => PlanExport::FocusRecommendation,
        PlanForm::S3Lifecycle => PlanExport::S3Lifecycle,
    };
    let files = export_plan(&text, &name, form, SystemClock.now())?;
    std::fs::create_dir_all(&arguments.folder).with_context(|| arguments.folder.to_string())?;
    for file in &files {
        let path = arguments.folder.join(&file.name);
        std::fs::write(&path, &file.text).with_context(|| path.to_string())?;
    }
    let output = OutputArgs { format: arguments.format, file: None }.or(&OutputArgs { file: None, ..context.output.clone() });
    output.show(&files, || vec![table(&files, &arguments)])?;
    Ok(Status::Done)
}

fn table(files: &[PlanFile], arguments: &PlanExportArgs) -> Table {
    let mut table = Table::new("Exported plan", &["File", ">Bytes"]);
    for file in files {
        table.row(vec![Cell::text(&file.name), Cell::count(file.text.len() as u64)]);
    }
    table.note(format!("Written to {}. Nothing was applied.", arguments.folder));
    table
}
