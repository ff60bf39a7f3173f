SELECT
    SkuId,
    ChargePeriodStart,
    ChargePeriodEnd,
    BillingCurrency,
    SUM(PricingQuantity) AS Quantity,
    SUM(EffectiveCost) AS Cost
FROM focus
WHERE ChargeCategory = 'Usage' AND ChargeClass IS NULL
    AND LOWER(PricingUnit) LIKE '%hour%'
    AND COALESCE(CommitmentDiscountStatus, 'Used') <> 'Unused'
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
