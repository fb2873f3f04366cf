/** From what doubt on an image is called doubtful, as the validation images of a run decide: `uncertainty.json`. */
import { z } from "zod";
import { parseChecked } from "../../checked-json.ts";

const schema = z.object({
  /** The doubt that a tenth of the validation images exceed. */
  threshold: z.number().min(0),
  /** How many images these were, and how their predictions were sampled. */
  images: z.int().positive(),
  samples: z.int().min(2),
  seed: z.int().min(0),
});

export type DoubtThreshold = z.infer<typeof schema>;

/** @param file stands in messages. @throws DataError if the text holds no such threshold. */
export function parseDoubtThreshold(text: string, file: string): DoubtThreshold {
  const contract = `${file}: expected JSON { threshold, images, samples, seed }`;
  return parseChecked(schema, text, contract, "Write it again with cellgrad evaluate RUN --uncertainty");
}
