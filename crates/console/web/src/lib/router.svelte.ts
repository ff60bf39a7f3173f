/** What becomes of parameters: null removes one, a list repeats it. */
type Changes = Record<string, string | string[] | null>;

/** The address is the state: the page, and what it is asked, can be linked to, reloaded and gone back to. */
class Router {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener('popstate', () => this.read());
  }

  private read() {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }

  get(name: string): string | null {
    return this.query.get(name);
  }

  /** This page with other parameters; null removes one. The basis stays, and what belongs to the page. */
  here(changes: Changes): string {
    return address(this.path, this.query, changes);
  }

  /** Another page on the same basis. */
  to(path: string, parameters: Changes = {}): string {
    const basis = new URLSearchParams();
    for (const name of BASIS) {
      const value = this.query.get(name);
      if (value !== null) basis.set(name, value);
    }
    return address(path, basis, parameters);
  }

  go(target: string, replace = false) {
    const moved = new URL(target, location.href).pathname !== this.path;
    history[replace ? 'replaceState' : 'pushState'](null, '', target);
    this.read();
    if (moved) {
      scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }
}

/** What every page's figures rest on. */
const BASIS = ['period', 'cost', 'currency'];

function address(path: string, before: URLSearchParams, changes: Changes): string {
  const query = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of Array.isArray(value) ? value : [value ?? '']) if (one !== '') query.append(name, one);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export const router = new Router();

/** Links of this origin that stay in the page; files and the API's answers are the browser's. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/v1/') || link.pathname === '/openapi.json') return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  router.go(link.href);
}
