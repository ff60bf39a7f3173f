/** Ways of writing figures and dates that can be chosen, beside the browser's own. */
export const REGIONS: Record<string, string> = {
  'en-GB': 'United Kingdom',
  'en-US': 'United States',
  'en-IN': 'India',
  'de-DE': 'Germany',
  'de-CH': 'Switzerland',
  'fr-FR': 'France',
  'es-ES': 'Spain',
  'nl-NL': 'Netherlands',
  'pl-PL': 'Poland',
  'sv-SE': 'Sweden',
  'ja-JP': 'Japan',
};

export type Theme = 'system' | 'light' | 'dark';

/** What a reader has chosen for this browser. Nothing here changes a figure. */
class Settings {
  theme = $state<Theme>((read('theme') as Theme | null) ?? 'system');
  /** Whose separators and dates are used, as a language tag; empty for the browser's. */
  region = $state(read('region') ?? '');
  /** Single-letter keys, which some assistive tools would press by accident. */
  letters = $state(read('letters') !== 'off');

  chooseTheme(theme: Theme) {
    this.theme = theme;
    write('theme', theme);
    this.apply();
  }

  writeAs(region: string) {
    this.region = region;
    write('region', region);
  }

  useLetters(on: boolean) {
    this.letters = on;
    write('letters', on ? 'on' : 'off');
  }

  apply() {
    if (this.theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`farthing.${name}`);
  } catch {
    return null; // A browser that keeps nothing shows the defaults.
  }
}

function write(name: string, value: string) {
  try {
    localStorage.setItem(`farthing.${name}`, value);
  } catch {
    // The choice holds for this visit.
  }
}

export const settings = new Settings();
