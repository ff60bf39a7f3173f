SELECT
    COALESCE(ProviderName, ServiceProviderName) AS Provider,
    ServiceName,
    SkuId,
    RegionId,
    BillingCurrency,
    ListUnitPrice,
    CommitmentDiscountId,
    CommitmentDiscountName,
    CommitmentDiscountCategory,
    ChargePeriodStart,
    ChargePeriodEnd,
    CommitmentDiscountStatus = 'Unused' AS Unused,
    SUM(PricingQuantity) AS Quantity,
    SUM(EffectiveCost) AS Cost,
    COUNT(*) AS Charges
FROM focus
WHERE ChargeCategory = 'Usage' AND ChargeClass IS NULL
    AND (LOWER(PricingUnit) LIKE '%hour%' OR CommitmentDiscountStatus = 'Unused')
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
