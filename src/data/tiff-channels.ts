/** Where a TIFF keeps its channels: in the samples of a pixel, or in pages as OME-TIFF and ImageJ write them. */

/** Channels of a file, and where each lies. */
export interface ChannelLayout {
  readonly channels: number;
  /** The page, from 0, of channel `index`; null where the channels are the samples of the first page. */
  readonly pageOf: ((index: number) => number) | null;
}

interface TiffSummary {
  readonly description: string;
  readonly pages: number;
  /** Of the first page. */
  readonly samplesPerPixel: number;
}

/**
 * The layout that the description of the first page declares: OME-XML or ImageJ's lines, the first plane and time of each
 * channel. Without either, the pages of a file with one sample a pixel count as its channels.
 */
export function channelLayout({ description, pages, samplesPerPixel }: TiffSummary): ChannelLayout {
  if (samplesPerPixel > 1 || pages === 1) return { channels: samplesPerPixel, pageOf: null };
  if (/<OME[\s>]/.test(description)) return omeLayout(description);
  const imageJ = /^ImageJ=/.test(description) ? Number(/^channels=(\d+)/m.exec(description)?.[1] ?? 1) : pages;
  return { channels: imageJ, pageOf: (index) => index }; // ImageJ: channels change fastest
}

function omeLayout(xml: string): ChannelLayout {
  const pixels = /<Pixels\s[^>]*>/.exec(xml)?.[0] ?? "";
  const attribute = (element: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];
  const sizeOf = (axis: string) => Number(attribute(pixels, `Size${axis}`) ?? 1);
  const channels = sizeOf("C");
  // "XYZCT": the axes from the one that changes fastest.
  const order = attribute(pixels, "DimensionOrder") ?? "XYCZT";
  const faster = [...order.slice(2, order.indexOf("C"))];
  const stride = faster.reduce((product, axis) => product * sizeOf(axis), 1);
  const listed = new Map<number, number>();
  for (const [element] of xml.matchAll(/<TiffData\s[^>]*>/g)) {
    const number = (name: string) => Number(attribute(element, name) ?? 0);
    const isWhole = attribute(element, "FirstC") === undefined && channels > 1;
    if (!isWhole && number("FirstZ") === 0 && number("FirstT") === 0) listed.set(number("FirstC"), number("IFD"));
  }
  return { channels, pageOf: (index) => listed.get(index) ?? index * stride };
}
