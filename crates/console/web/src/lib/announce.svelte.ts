interface Announcement {
  text: string;
  undo?: () => unknown;
}

/** What was done, said once for a moment; screen readers hear it. What can be taken back can be for ten seconds. */
class Announcements {
  now = $state.raw<Announcement>({ text: '' });
  private forget: ReturnType<typeof setTimeout> | undefined;

  say(text: string, undo?: () => unknown) {
    this.now = { text, undo };
    clearTimeout(this.forget);
    this.forget = setTimeout(() => (this.now = { text: '' }), undo ? 10_000 : 4_000);
  }

  async undo() {
    const back = this.now.undo;
    this.say('Taking it back.');
    try {
      await back?.();
      this.say('Taken back.');
    } catch (error) {
      this.say(`It could not be taken back: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

export const announcement = new Announcements();
export const announce = (text: string, undo?: () => unknown): void => announcement.say(text, undo);
