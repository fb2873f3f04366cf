// scene: light that has passed through the cells of synthetic images, in the plane of the cells.
//
//   delay(p) = sum of the delays of all bodies at p, cellShape.wgsl      field[n,i,j] = exp(i * delay), (real, imaginary)
//
//   p = (j + 1/2, i + 1/2) * fieldOfView / grid    bodies: vec4f[N,mostBodies,6]    shots: Shot[N]
//   tiles: u32[N,16,16,1 + mostBodies], cellShape.wgsl    field: vec2f[N,grid,grid]
//
// Dispatch: one invocation per sample, y over rows, z over images. A debris is a body like a cell.

const grid: u32 = 16u; // tunable: a power of two

@group(0) @binding(0) var<storage, read> shots: array<Shot>;
@group(0) @binding(1) var<storage, read> bodies: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> field: array<vec2f>;

/// exp(i * x) to 1e-6 or so: what WGSL asks of its cosine is 5e-4.
fn cis(x: f32) -> vec2f {
  let quarters = round(x * 0.63661977);
  let r = (x - quarters * 1.5703125) - quarters * 4.8382679e-4; // pi/2 in two parts: no bits are lost
  let s = r * r;
  let sine = r * (1.0 + s * (-0.16666667 + s * (8.3333310e-3 + s * (-1.9840874e-4 + s * 2.7525562e-6))));
  let cosine = 1.0 + s * (-0.5 + s * (4.1666642e-2 + s * (-1.3888397e-3 + s * 2.4760495e-5)));
  let turned = select(vec2f(cosine, sine), vec2f(-sine, cosine), (i32(quarters) & 1) == 1);
  return select(turned, -turned, (i32(quarters) & 2) == 2);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: 64 divides the samples of a row
  let n = group.z;
  let fieldOfView = shots[n].fieldOfView;
  let point = (vec2f(f32(id.x), f32(id.y)) + 0.5) * fieldOfView / f32(grid);
  var delay = 0.0;
  let list = listOf(n, point, fieldOfView);
  for (var entry = 0u; entry < tiles[list]; entry++) {
    let first = (n * mostBodies + tiles[list + 1u + entry]) * cellVectors;
    let place = bodies[first];
    if (reaches(place, point, fieldOfView)) {
      let body = array<vec4f, cellVectors>(
        place, bodies[first + 1u], bodies[first + 2u], bodies[first + 3u], bodies[first + 4u], bodies[first + 5u],
      );
      let local = localOf(body, point, fieldOfView);
      if (local.rho < 1.0) { delay += delayInside(body, local); }
    }
  }
  field[(n * grid + id.y) * grid + id.x] = cis(delay);
}
