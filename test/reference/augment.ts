/**
 * Augmentation from its definition, in float64: matrices of homogeneous coordinates, a sampler at exact coordinates, and
 * OpenCV's blur. What is drawn is the caller's business.
 */

/** Parameters of one image. Degrees are positive clockwise on the screen, shifts are in pixels. */
export interface Drawn {
  readonly rotation: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly shiftX: number;
  readonly shiftY: number;
  readonly contrast: number;
  readonly multiply: number;
  readonly blur: number;
}

export interface Image {
  readonly height: number;
  readonly width: number;
  /** [H, W]. */
  readonly pixels: Float64Array;
}

/** Three rows of three; it maps (x, y, 1) of the source to the result. */
type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => [0, 1, 2].map((column) => row.reduce((sum, value, k) => sum + value * b[k][column], 0)));

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const translation = (x: number, y: number): Matrix => [
  [1, 0, x],
  [0, 1, y],
  [0, 0, 1],
];
const scaling = (x: number, y: number): Matrix => [
  [x, 0, 0],
  [0, y, 0],
  [0, 0, 1],
];

/** Clockwise where y points down. */
function rotation(degrees: number): Matrix {
  const [cosine, sine] = [Math.cos((degrees / 180) * Math.PI), Math.sin((degrees / 180) * Math.PI)];
  return [
    [cosine, -sine, 0],
    [sine, cosine, 0],
    [0, 0, 1],
  ];
}

/** About the centre as imgaug has it, W / 2 - 0.5 and H / 2 - 0.5. */
function aboutCentre(matrix: Matrix, { height, width }: Image): Matrix {
  const [x, y] = [width / 2 - 0.5, height / 2 - 0.5];
  return product(product(translation(x, y), matrix), translation(-x, -y));
}

/** By Cramer's rule; the last row is (0, 0, 1). */
function inverse([first, second]: Matrix): Matrix {
  const [a, b, x] = first as [number, number, number];
  const [c, d, y] = second as [number, number, number];
  const determinant = a * d - b * c;
  const [p, q, r, s] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  return [
    [p, q, -(p * x + q * y)],
    [r, s, -(r * x + s * y)],
    [0, 0, 1],
  ];
}

/** Every pixel from the place that the matrix brings there, by the four pixels around it; outside is the fill. */
function warp(image: Image, matrix: Matrix, fill: number): Image {
  const { height, width, pixels } = image;
  const back = inverse(matrix);
  const at = (x: number, y: number) => (x >= 0 && x < width && y >= 0 && y < height ? pixels[y * width + x] : fill);
  const sample = (x: number, y: number): number => {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [p, q] = [x - left, y - top];
    const upper = at(left, top) * (1 - p) + at(left + 1, top) * p;
    const lower = at(left, top + 1) * (1 - p) + at(left + 1, top + 1) * p;
    return upper * (1 - q) + lower * q;
  };
  const place = (row: readonly number[], i: number) => row[0] * (i % width) + row[1] * Math.floor(i / width) + row[2];
  return { height, width, pixels: pixels.map((_, i) => sample(place(back[0], i), place(back[1], i))) };
}

/** imgaug's `_is_identity_matrix`. */
const isNearlyIdentity = (matrix: Matrix): boolean =>
  matrix.flat().reduce((sum, value, i) => sum + Math.abs(value - identity.flat()[i]), 0) / 9 <= 1e-4;

const affine = (image: Image, matrix: Matrix, fill: number): Image =>
  isNearlyIdentity(matrix) ? image : warp(image, matrix, fill);

function flipped(image: Image, { flipHorizontal, flipVertical }: Drawn): Image {
  const { height, width, pixels } = image;
  const from = (i: number) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return (flipVertical ? height - 1 - row : row) * width + (flipHorizontal ? width - 1 - column : column);
  };
  return { height, width, pixels: pixels.map((_, i) => pixels[from(i)]) };
}

/** OpenCV's GaussianBlur of 5 x 5 with BORDER_REFLECT_101. */
function blurred(image: Image, sigma: number): Image {
  if (sigma < 1e-3) return image;
  const raw = [-2, -1, 0, 1, 2].map((distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2)));
  const weights = raw.map((weight) => weight / raw.reduce((sum, value) => sum + value));
  const mirrored = (index: number, length: number): number => {
    if (length === 1) return 0;
    if (index < 0) return mirrored(-index, length);
    return index >= length ? mirrored(2 * (length - 1) - index, length) : index;
  };
  const { height, width, pixels } = image;
  const weigh = (read: (distance: number) => number) =>
    weights.reduce((sum, weight, k) => sum + weight * read(k - 2), 0);
  const across = pixels.map((_, i) =>
    weigh((distance) => pixels[Math.floor(i / width) * width + mirrored((i % width) + distance, width)]),
  );
  const both = pixels.map((_, i) =>
    weigh((distance) => across[mirrored(Math.floor(i / width) + distance, height) * width + (i % width)]),
  );
  return { height, width, pixels: both };
}

/** @param fill the value outside, whatever it was chosen by. */
export function augment(image: Image, drawn: Drawn, fill: number, interpolations: 1 | 2): Image {
  const mean = image.pixels.reduce((sum, value) => sum + value, 0) / image.pixels.length;
  const turn = aboutCentre(rotation(drawn.rotation), image);
  const scale = product(
    translation(drawn.shiftX, drawn.shiftY),
    aboutCentre(scaling(drawn.scaleX, drawn.scaleY), image),
  );
  const mirror = aboutCentre(scaling(drawn.flipHorizontal ? -1 : 1, drawn.flipVertical ? -1 : 1), image);
  const moved =
    interpolations === 1
      ? warp(image, product(product(scale, mirror), turn), fill)
      : affine(flipped(affine(image, turn, fill), drawn), scale, fill);
  const lit = moved.pixels.map((value) => drawn.multiply * (mean + drawn.contrast * (value - mean)));
  return blurred({ ...image, pixels: lit }, drawn.blur);
}
