// mask: which cell is seen at each pixel of synthetic images: for masks by type and instance.
//
//   owner[n,i,j] = 1 + the cell whose outline holds the pixel's centre, of several the one with the greatest delay; else 0
//
//   bodies, shots, tiles: as in scene.wgsl    owner: u32[N,size,size]
//
// Dispatch: one invocation per pixel, y over rows, z over images. Debris has no mask.

const size: u32 = 16u; // tunable: of an image
@group(0) @binding(0) var<storage, read> shots: array<Shot>;
@group(0) @binding(1) var<storage, read> bodies: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> owner: array<u32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  if (id.x >= size) { return; }
  let n = group.z;
  let fieldOfView = shots[n].fieldOfView;
  let point = (vec2f(f32(id.x), f32(id.y)) + 0.5) * fieldOfView / f32(size);
  var greatest = -1e9;
  var found = 0u;
  let list = listOf(n, point, fieldOfView);
  for (var entry = 0u; entry < tiles[list]; entry++) {
    let k = tiles[list + 1u + entry];
    let first = (n * mostBodies + k) * cellVectors;
    let place = bodies[first];
    if ((k < shots[n].cells) & reaches(place, point, fieldOfView)) {
      let body = array<vec4f, cellVectors>(
        place, bodies[first + 1u], bodies[first + 2u], bodies[first + 3u], bodies[first + 4u], bodies[first + 5u],
      );
      let local = localOf(body, point, fieldOfView);
      if (local.rho < 1.0) {
        let delay = delayInside(body, local);
        if (delay > greatest) {
          greatest = delay;
          found = k + 1u;
        }
      }
    }
  }
  owner[(n * size + id.y) * size + id.x] = found;
}
