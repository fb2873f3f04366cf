import functions from "../../shaders/mae.wgsl?raw";
import { defineLoss } from "./loss.ts";

/** The mean absolute error; its slope at an error of 0 is 0. shaders/mae.wgsl. */
export const mae = defineLoss("mae", functions);
