import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { alertsSay, quiet, when } from './alerts';

const preferences = (more: object = {}) => ({ events: ['budget'], units: [], least: {}, digest: 'none', quiet_days: [], time_zone: 'UTC', ...more }) as unknown as Schemas['AlertPreferences'];
const channel = (sent: number, waiting: number, failed: number) => ({ channel: 'c', kind: 'email', to: [], preferences: preferences(), is_own: false, may_change: true, sent, waiting, failed }) as Schemas['AlertChannel'];

describe('who is told', () => {
  it('is said with what came of it', () => {
    expect(alertsSay([])).toBe('Nobody is told of anything yet.');
    expect(alertsSay([channel(0, 0, 0)])).toBe('One channel is told: no alert was sent yet.');
    expect(alertsSay([channel(1, 0, 0), channel(11, 1, 2)])).toBe('2 channels are told: 12 alerts were sent, 1 waits and 2 failed.');
  });

  it('says when, and when not', () => {
    expect([when(preferences()), quiet(preferences())]).toEqual(['at once', '']);
    const weekly = preferences({ digest: 'weekly', digest_at: '09:00', digest_on: 'TUE', quiet_from: '20:00', quiet_to: '07:00', quiet_days: ['SAT', 'SUN'] });
    expect([when(weekly), quiet(weekly)]).toEqual(['Tuesdays at 09:00', 'not from 20:00 to 07:00, nor on Saturday and Sunday']);
    expect(quiet(preferences({ quiet_days: ['SUN'] }))).toBe('not on Sunday');
  });
});
