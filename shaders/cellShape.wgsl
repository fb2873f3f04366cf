// cellShape: the light's delay by a cell at a point of the field; included by scene.wgsl and mask.wgsl.
//
//   (u, v)  the point from the cell's centre, u along its axis, v less bend * (u / halfLength)^2
//   r, t    the radius and the angle of (u / halfLength, v / halfWidth)
//   rho   = r / (1 + a2 cos 2t + b2 sin 2t + a3 cos 3t + b3 sin 3t)         1 on the outline
//   delay = body * (1 - rho^exponent)^fullness                             a superellipsoid
//         + nucleus * (1 - (d / nucleusRadius)^2)                          d from the nucleus's centre, where positive
//         + nucleolus * (1 - (d / (nucleusRadius / 3))^2)^2
//         + granule * (1 - rho^2) * texture                                inside the outline; elsewhere nothing
//
//   texture: a square lattice of `spacing` with one smooth spot a square, placed and signed by a hash
//   delays in radians, lengths in micrometres; the field is a torus of `fieldOfView` a side
//
// A cell is six vec4f: (x, y, reach, bend), (cosine and sine of the axis, halfLength, halfWidth), (body, exponent, fullness,
// seed), (a2, b2, a3, b3), (u, v of the nucleus, nucleusRadius, nucleus), (nucleolus, spacing, granule, unused). It is
// nowhere farther than `reach` from (x, y).
//
// tiles: u32[N,16,16,1 + mostBodies]: for each tile of the field how many bodies may be in it, and which.

const cellVectors: u32 = 6u;
const tilesAside: u32 = 16u;
const mostBodies: u32 = 1u; // tunable: of an image

@group(0) @binding(4) var<storage, read> tiles: array<u32>;

/// Where the list of the tile that holds a point begins.
fn listOf(image: u32, point: vec2f, fieldOfView: f32) -> u32 {
  let tile = vec2u(point * f32(tilesAside) / fieldOfView);
  return ((image * tilesAside + tile.y) * tilesAside + tile.x) * (1u + mostBodies);
}

const spotRadius: f32 = 0.7; // of a texture's spot, in squares: no spot beyond the four nearest reaches a point

/// pcg3d (Jarzynski, Olano 2020).
fn mixed(v: vec3u) -> vec3u {
  var h = v * 1664525u + 1013904223u;
  h.x += h.y * h.z;
  h.y += h.z * h.x;
  h.z += h.x * h.y;
  h ^= h >> vec3u(16u);
  h.x += h.y * h.z;
  h.y += h.z * h.x;
  h.z += h.x * h.y;
  return h;
}

fn texture(at: vec2f, seed: u32) -> f32 {
  let first = floor(at - 0.5);
  var sum = 0.0;
  for (var k = 0u; k < 4u; k++) {
    let corner = first + vec2f(f32(k % 2u), f32(k / 2u));
    let drawn = vec3f(mixed(vec3u(bitcast<vec2u>(vec2i(corner)), seed)) >> vec3u(8u)) * 0x1p-24;
    let offset = (corner + 0.25 + 0.5 * drawn.xy - at) / spotRadius;
    let rest = max(1.0 - dot(offset, offset), 0.0);
    sum += (2.0 * drawn.z - 1.0) * rest * rest;
  }
  return sum;
}

/// A distance on the torus.
fn wrapped(difference: vec2f, fieldOfView: f32) -> vec2f {
  return difference - fieldOfView * round(difference / fieldOfView);
}

struct Local {
  point: vec2f, // (u, v), v not yet bent
  rho: f32,
}

/// Whether a cell of this first vector may be at the point.
fn reaches(place: vec4f, point: vec2f, fieldOfView: f32) -> bool {
  let difference = wrapped(point - place.xy, fieldOfView);
  return dot(difference, difference) < place.z * place.z;
}

/// Where a point of the field lies in a cell.
fn localOf(cell: array<vec4f, cellVectors>, point: vec2f, fieldOfView: f32) -> Local {
  let difference = wrapped(point - cell[0].xy, fieldOfView);
  let axis = cell[1].xy;
  let local = vec2f(dot(difference, axis), dot(difference, vec2f(-axis.y, axis.x)));
  let along = local.x / cell[1].z;
  let scaled = vec2f(along, (local.y - cell[0].w * along * along) / cell[1].w);
  let radius = length(scaled);
  let c = scaled / max(radius, 1e-6);
  let twice = vec2f(c.x * c.x - c.y * c.y, 2.0 * c.x * c.y);
  let thrice = vec2f(twice.x * c.x - twice.y * c.y, twice.x * c.y + twice.y * c.x);
  return Local(local, radius / (1.0 + dot(cell[3].xy, twice) + dot(cell[3].zw, thrice)));
}

/// What is left of 1 at a distance from a spot's centre.
fn domed(offset: vec2f, radius: f32) -> f32 {
  return max(1.0 - dot(offset, offset) / max(radius * radius, 1e-12), 0.0);
}

/// The delay at a point inside the outline.
fn delayInside(cell: array<vec4f, cellVectors>, local: Local) -> f32 {
  let rest = max(1.0 - pow(local.rho, cell[2].y), 0.0);
  let nucleus = domed(local.point - cell[4].xy, cell[4].z);
  let nucleolus = domed(local.point - cell[4].xy, cell[4].z / 3.0);
  var delay = cell[2].x * pow(rest, cell[2].z) + cell[4].w * nucleus + cell[5].x * nucleolus * nucleolus;
  if (cell[5].z != 0.0) {
    delay += cell[5].z * (1.0 - local.rho * local.rho) * texture(local.point / cell[5].y, u32(cell[2].w));
  }
  return delay;
}
