/** What plans are of. */
export const KINDS: Record<string, string> = { fleet: 'Fleet', commitments: 'Commitments', contracts: 'Contracts', storage: 'Storage tiers', routing: 'Routing', portfolio: 'Portfolio', all: 'Plan of plans' };
