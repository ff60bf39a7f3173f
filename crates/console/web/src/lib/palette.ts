/** Something that can be gone to or done. */
export interface Entry {
  kind: string;
  name: string;
  act: () => void;
}

/** The entries that hold all the words, those whose name begins with the first of them before the others. */
export function found(entries: Entry[], text: string): Entry[] {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const holds = (entry: Entry) => wanted.every((word) => `${entry.name} ${entry.kind}`.toLocaleLowerCase().includes(word));
  const first = wanted[0] ?? '';
  const rank = (entry: Entry) => (entry.name.toLocaleLowerCase().startsWith(first) ? 0 : 1);
  return entries.filter(holds).sort((a, b) => rank(a) - rank(b));
}
