// A text whose characters are counted as the server counts them: by code points, not by UTF-16 units.

const ASTRAL = /[\ud800-\udfff]/;

export class Text {
  constructor(text) {
    this.text = text;
    this.points = ASTRAL.test(text) ? Array.from(text) : null; // only where the two ways of counting differ
  }

  slice(start, end) {
    return this.points ? this.points.slice(start, end).join("") : this.text.slice(start, end);
  }

  /** Where `part` stands, as `{ start, end }`; null where it does not. */
  find(part) {
    const at = this.text.indexOf(part);
    if (at < 0) return null;
    const start = this.points ? Array.from(this.text.slice(0, at)).length : at;
    return { start, end: start + (this.points ? Array.from(part).length : part.length) };
  }
}
