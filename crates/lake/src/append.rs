//! A revision that is an earlier one and a few rows more: its files are those of the earlier one, and one with the new rows.
//!
//! Facts are immutable, so the files are shared as hard links: each revision has a folder of its own, and what removes one folder leaves
//! the others whole. Where the file system has no hard links, files are copied.

use std::collections::HashSet;
use std::fs::File;

use arrow::array::{AsArray, RecordBatch};
use camino::Utf8Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{LakeError, WrittenFile, describe_file, write_rows};

/// Puts the files `there` of the folder `from` into `folder`, and `rows` behind them as a file called `name`, which none of them is.
/// Says what is in the folder then.
///
/// # Errors
/// When a file is missing, or the folder cannot be written.
pub fn append_rows(
    from: &Utf8Path,
    there: Vec<WrittenFile>,
    folder: &Utf8Path,
    name: &str,
    rows: &RecordBatch,
) -> Result<Vec<WrittenFile>, LakeError> {
    std::fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
    for file in &there {
        let (old, new) = (from.join(&file.name), folder.join(&file.name));
        if std::fs::hard_link(&old, &new).is_err() {
            std::fs::copy(&old, &new).map_err(LakeError::io(&old))?;
            File::open(&new).and_then(|copy| copy.sync_all()).map_err(LakeError::io(&new))?;
        }
    }
    let path = folder.join(name);
    write_rows(&path, rows)?;
    let mut files = there;
    files.push(describe_file(&path, rows.num_rows() as u64)?);
    Ok(files)
}

/// Which of these ids stand in a file of decisions. Only the ids are read, and none of the others is kept.
///
/// # Errors
/// When the file is missing or damaged.
pub fn decision_ids_in(path: &Utf8Path, wanted: &HashSet<&str>) -> Result<HashSet<String>, LakeError> {
    const ID: &str = "DecisionId";
    let file = File::open(path).map_err(LakeError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    let ids = ProjectionMask::columns(builder.parquet_schema(), [ID]);
    let reader = builder.with_projection(ids).with_batch_size(65_536).build().map_err(LakeError::parquet(path))?;
    let wrong = || LakeError::Column { path: path.to_owned(), column: ID.to_owned() };
    let mut found = HashSet::new();
    for batch in reader {
        let batch = batch?;
        let column = batch.column_by_name(ID).and_then(|column| column.as_string_opt::<i32>()).ok_or_else(wrong)?;
        found.extend(column.iter().flatten().filter(|id| wanted.contains(id)).map(str::to_owned));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::read_rows;

    fn batch(ids: &[&str]) -> RecordBatch {
        let ids: arrow::array::ArrayRef = std::sync::Arc::new(arrow::array::StringArray::from(ids.to_vec()));
        RecordBatch::try_from_iter([("DecisionId", ids)]).unwrap()
    }

    #[test]
    fn a_revision_shares_its_files_and_outlives_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let (first, second) = (root.join("first"), root.join("second"));
        let one = append_rows(&root, Vec::new(), &first, "decisions.parquet", &batch(&["a", "b"])).unwrap();
        let two = append_rows(&first, one.clone(), &second, "decisions-0001.parquet", &batch(&["c"])).unwrap();
        assert_eq!((two.len(), &two[0], two[1].rows), (2, &one[0], 1));
        let wanted = HashSet::from(["b", "c", "x"]);
        assert_eq!(decision_ids_in(&second.join("decisions.parquet"), &wanted).unwrap(), HashSet::from(["b".to_owned()]));
        std::fs::remove_dir_all(&first).unwrap();
        assert_eq!(read_rows(&second.join("decisions.parquet")).unwrap(), batch(&["a", "b"]));
        // A name that is there is not written over.
        assert!(append_rows(&root, Vec::new(), &second, "decisions.parquet", &batch(&["d"])).is_err());
    }
}
