// shot: what an image is made with, besides its cells; included by the shaders of the microscope.

struct Shot {
  image: u32,          // its number in the data set
  bodies: u32,         // cells and debris
  cells: u32,          // the first of the bodies: those that count
  spots: u32,          // of dust
  fieldOfView: f32,    // micrometres a side
  frequencyStep: f32,  // cycles per micrometre from node to node of the pupil's profile
  transmission: f32,   // of the phase ring, for light's intensity
  exposure: f32,       // the background's share of full scale
  tilt: vec2f,         // slope of the illumination, to the right and down, from the centre to the edge
  vignette: f32,       // what the corners lack
  electrons: f32,      // of a pixel of the background
  readNoise: f32,      // electrons, a standard deviation
  reserved0: u32,
  reserved1: u32,
  reserved2: u32,
}
