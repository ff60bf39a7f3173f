import { describe, expect, it } from 'vitest';

import text from './tokens.css?raw';

const block = (selector: string) => {
  const start = text.indexOf('{', text.indexOf(selector)) + 1;
  return text.slice(start, text.indexOf('}', start)).split('\n').map((line) => line.trim()).filter(Boolean);
};

describe('the tokens', () => {
  it('are the same where the system is dark and where dark is chosen', () => {
    const chosen = block(':root[data-theme="dark"]');
    expect(chosen.length).toBeGreaterThan(30);
    expect(block(':root:not([data-theme="light"])')).toEqual(chosen);
  });
});
