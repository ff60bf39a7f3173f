type Theme = 'system' | 'light' | 'dark';

/** What a reader has chosen for this browser. Nothing here changes a figure. */
class Settings {
  theme = $state<Theme>((read('theme') as Theme | null) ?? 'system');
  /** Single-letter keys, which some assistive tools would press by accident. */
  letters = $state(read('letters') !== 'off');

  choose(theme: Theme) {
    this.theme = theme;
    write('theme', theme);
    this.apply();
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
