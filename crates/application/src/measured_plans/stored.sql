SELECT
    ResourceId,
    BillingCurrency,
    LOWER(PricingUnit) AS Unit,
    SUM(PricingQuantity) AS Quantity,
    SUM(EffectiveCost) AS Cost
FROM focus
WHERE ServiceCategory = 'Storage' AND ChargeCategory = 'Usage' AND ChargeClass IS NULL AND ResourceId IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
