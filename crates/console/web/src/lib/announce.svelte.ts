/** What was done, said once for a moment; screen readers hear it. */
class Announcement {
  text = $state('');
}
export const announcement = new Announcement();

let forget: ReturnType<typeof setTimeout> | undefined;
export function announce(text: string) {
  announcement.text = text;
  clearTimeout(forget);
  forget = setTimeout(() => (announcement.text = ''), 4000);
}
