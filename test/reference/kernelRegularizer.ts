/** Keras's L1L2: l1 sum |w| + l2 sum w², and its gradient l1 sign(w) + 2 l2 w with sign(0) = 0. */
export const kernelRegularizer = (w: Float64Array, { l1, l2 }: { readonly l1: number; readonly l2: number }) => ({
  penalty: w.reduce((sum, value) => sum + l1 * Math.abs(value) + l2 * value ** 2, 0),
  dw: w.map((value) => l1 * Math.sign(value) + 2 * l2 * value),
});
