//! Rules that fail on data that follows the specification, each with the reason. Nothing else may fail.

/// A rule's name without the dataset's prefix, and what is wrong with it.
pub const DEFECTIVE: &[(&str, &str)] = &[
    (
        "CommitmentDiscountStatus-C-003-C",
        "FOCUS_Spec #1825, #2369: the 1.3 model demands a value where the text demands none (CheckNotValue for CheckValue)",
    ),
    (
        "CommitmentDiscountStatus-C-004-C",
        "FOCUS_Spec #2393: the condition says CommitmentDiscountId is null, the text says it is not",
    ),
    (
        "CapacityReservationStatus-C-004-C",
        "FOCUS_Spec #2369, focus_validator #142: the condition {AND: […]} is no check function and is dropped, so the rule holds every row",
    ),
    (
        "EffectiveCost-C-005-C",
        "FOCUS_Spec #1966: the model holds every purchase, the text those for future charges only; 1.4 dropped the rule",
    ),
    (
        "InvoiceId-C-004-C",
        "FOCUS_Spec #2394: that a charge is on no invoice cannot be told from its columns; the model has no condition and demands null in every row",
    ),
    (
        "ResourceType-C-005-C",
        "FOCUS_Spec #1417, which made the rule: its condition names the column in CheckCondition instead of ColumnName and is dropped, so the rule holds every row",
    ),
    (
        "PricingCurrencyContractedUnitPrice-C-012-C",
        "focus_validator #143: the condition says SkuPriceId is null, the text says it is not",
    ),
    (
        "ContractAppliedObject-O-007-M",
        "FOCUS_Spec #2048: the model asks for ContractCommitmentID, which the errata spell ContractCommitmentId, and for all metrics at once",
    ),
    ("ContractAppliedObject-O-010-M", "FOCUS_Spec #2048: ContractId and ContractCommitmentId are taken for custom keys"),
    ("ContractAppliedObject-O-017-C", "FOCUS_Spec #2048: ContractId and ContractCommitmentId are taken for custom keys"),
    ("ContractAppliedObject-O-029-C", "FOCUS_Spec #2048: the key is spelt ContractCommitmentId"),
    ("ContractAppliedObject-O-030-M", "FOCUS_Spec #2048: the key is spelt ContractCommitmentId"),
    ("ContractAppliedObject-O-042-C", "FOCUS_Spec #2048: the rule looks for ContractCommitmentID instead of the cost"),
    ("ContractAppliedObject-O-043-M", "FOCUS_Spec #2048: the metric is optional beside ContractCommitmentAppliedQuantity"),
    ("ContractAppliedObject-O-051-C", "FOCUS_Spec #2048: the rule looks for ContractCommitmentID instead of the quantity"),
    ("ContractAppliedObject-O-052-M", "FOCUS_Spec #2048: the metric is optional beside ContractCommitmentAppliedCost"),
    ("ContractAppliedObject-O-060-C", "FOCUS_Spec #2048: the rule looks for ContractCommitmentID instead of the unit"),
    ("ContractAppliedObject-O-061-M", "FOCUS_Spec #2048: the unit is optional beside ContractCommitmentAppliedCost"),
    (
        "ContractAppliedObject-O-065-C",
        "focus_validator #160: the rule holds an element whose quantity is given, though its condition says that it is not",
    ),
];

/// True for a rule of the list, with or without the dataset's prefix.
pub fn is_defective(rule: &str) -> bool {
    let name = rule.strip_prefix("CAU-").unwrap_or(rule);
    DEFECTIVE.iter().any(|(defective, _)| *defective == name)
}

#[test]
fn each_defect_has_the_number_of_an_issue() {
    for (rule, reason) in DEFECTIVE {
        let number = reason.split_once('#').map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).count());
        assert!(
            number.is_some_and(|digits| digits > 0) && reason.starts_with("FOCUS_Spec ") | reason.starts_with("focus_validator "),
            "{rule}: {reason}"
        );
    }
}
