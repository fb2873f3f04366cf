/** Whether markup is XML whose tags close in order; no more than what the plots here need. */
export function expectWellFormed(markup: string): void {
  const open: string[] = [];
  const outside = markup.replace(/<(\/?)(\w+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (_, end, name, _rest, empty) => {
    if (end) {
      const last = open.pop();
      if (last !== name) throw new Error(`expected </${last}>, got </${name}>`);
    } else if (!empty) open.push(String(name));
    return "";
  });
  if (open.length > 0) throw new Error(`expected every element to end, got an open <${open.join("> <")}>`);
  if (/[<>]|&(?!\w+;)|NaN|Infinity|undefined/.test(markup.replaceAll(/<[^<>]*>/g, "")) || /[<>]/.test(outside)) {
    throw new Error("expected text without markup or missing numbers, got some");
  }
  if (/"[^"]*(NaN|Infinity|undefined)[^"]*"/.test(markup)) throw new Error("expected numbers, got none");
}
