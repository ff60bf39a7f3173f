import type { Component } from 'svelte';

/** The pages, in the order of the contents; a page that is not here is not there. */
export interface Page {
  path: string;
  name: string;
  group: 'Account' | 'Understand' | 'Change' | 'Govern';
  /** After `g`, it goes here. */
  key: string;
  /** There is something to do here before there is a bill. */
  before?: true;
  load: () => Promise<{ default: Component }>;
}

export const PAGES: Page[] = [
  { path: '/', name: 'Overview', group: 'Account', key: 'o', load: () => import('./pages/Overview.svelte') },
  { path: '/explorer', name: 'Explorer', group: 'Account', key: 'e', load: () => import('./pages/Explorer.svelte') },
  { path: '/units', name: 'Statements', group: 'Account', key: 's', load: () => import('./pages/Statement.svelte') },
  { path: '/budgets', name: 'Budgets', group: 'Account', key: 'b', load: () => import('./pages/Budgets.svelte') },
  { path: '/month-end', name: 'Month end', group: 'Account', key: 'm', load: () => import('./pages/MonthEnd.svelte') },
  { path: '/unit-economics', name: 'Unit economics', group: 'Understand', key: 'u', load: () => import('./pages/UnitEconomics.svelte') },
  { path: '/tokens', name: 'Tokens and models', group: 'Understand', key: 't', load: () => import('./pages/Tokens.svelte') },
  { path: '/anomalies', name: 'Anomalies', group: 'Understand', key: 'a', load: () => import('./pages/Anomalies.svelte') },
  { path: '/alerts', name: 'Alerts', group: 'Understand', key: 'w', before: true, load: () => import('./pages/Alerts.svelte') },
  { path: '/plans', name: 'Plans', group: 'Change', key: 'p', load: () => import('./pages/Plans.svelte') },
  { path: '/savings', name: 'Savings', group: 'Change', key: 'v', load: () => import('./pages/Savings.svelte') },
  { path: '/portfolio', name: 'Portfolio', group: 'Change', key: 'f', load: () => import('./pages/Portfolio.svelte') },
  { path: '/rules', name: 'Rules', group: 'Govern', key: 'r', load: () => import('./pages/Rules.svelte') },
  { path: '/sources', name: 'Sources', group: 'Govern', key: 'd', before: true, load: () => import('./pages/Sources.svelte') },
  { path: '/audit', name: 'Audit log', group: 'Govern', key: 'l', before: true, load: () => import('./pages/Audit.svelte') },
  { path: '/administration', name: 'Administration', group: 'Govern', key: 'n', before: true, load: () => import('./pages/Administration.svelte') },
];

/** The page of an address: the longest that it begins with. */
export function pageOf(path: string): Page | undefined {
  const within = PAGES.filter((page) => path === page.path || (page.path !== '/' && path.startsWith(`${page.path}/`)));
  return within.sort((a, b) => b.path.length - a.path.length)[0];
}
