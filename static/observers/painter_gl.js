// Paints the image with WebGL 2: every adjustment is one fragment shader, the same for each case.

/**
 * @typedef {{brightness: number, contrast: number, gamma: number, green: boolean, invert: boolean}} Adjust
 * @typedef {{x: number, y: number, radius: number, factor: number} | null} Lens
 */

const KEPT = 3; // textures: the case on view and two ahead

const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render/i; // slower than a plain canvas

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

// The image is smoothed by its own mip levels, four taps a pixel when it is made smaller and
// one when it is not. No step depends on anything but the place of the pixel.
const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform vec2 size, origin, canvas;
uniform vec4 lens; // middle, radius, factor
uniform float scale, brightness, contrast, gamma;
uniform bool green, invert;
out vec4 colour;
vec3 look(vec2 at, float zoom) {
  vec2 uv = (at - origin) / (scale * size);
  if (zoom >= 1.0) return textureLod(picture, uv, 0.0).rgb;
  float level = max(0.0, log2(1.0 / zoom) - 1.0);
  vec2 quarter = 0.25 / (zoom * size); // of a pixel of the screen
  return 0.25 * (textureLod(picture, uv + quarter * vec2(-1, -1), level).rgb
    + textureLod(picture, uv + quarter * vec2(1, -1), level).rgb
    + textureLod(picture, uv + quarter * vec2(-1, 1), level).rgb
    + textureLod(picture, uv + quarter * vec2(1, 1), level).rgb);
}
void main() {
  vec2 at = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y);
  float zoom = scale;
  float far = distance(at, lens.xy);
  if (lens.z > 0.0 && far < lens.z) {
    if (far > lens.z - 2.0) { colour = vec4(vec3(0.6), 1.0); return; }
    at = lens.xy + (at - lens.xy) / lens.w;
    zoom *= lens.w;
  }
  vec2 inside = (at - origin) / scale;
  if (any(lessThan(inside, vec2(0.0))) || any(greaterThanEqual(inside, size))) {
    colour = far < lens.z ? vec4(0.0, 0.0, 0.0, 1.0) : vec4(0.0);
    return;
  }
  vec3 c = look(at, zoom);
  if (green) c = vec3(c.g);
  c = pow(c, vec3(1.0 / gamma));
  c = clamp((c - 0.5) * contrast + 0.5 + brightness, 0.0, 1.0);
  colour = vec4(invert ? 1.0 - c : c, 1.0);
}`;

const UNIFORMS = ["size", "origin", "canvas", "lens", "scale", "brightness", "contrast", "gamma", "green", "invert"];

export class PainterGL {
  /** @param {HTMLCanvasElement} canvas @param {() => void} again asked to draw anew once the context is back */
  constructor(canvas, again) {
    const options = { alpha: true, antialias: false, depth: false, stencil: false, powerPreference: "low-power" };
    const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext("webgl2", options));
    if (!gl) throw new Error("no WebGL 2");
    if (isSoftware(gl)) throw new Error("no graphics processor");
    this.gl = gl;
    this.limit = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    /** @type {Map<ImageBitmap, WebGLTexture>} */
    this.textures = new Map();
    this.start();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.textures.clear();
      this.start();
      again();
    });
  }

  start() {
    const { gl } = this;
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "");
    gl.useProgram(program);
    /** @type {Record<string, WebGLUniformLocation | null>} */
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  }

  /** @param {ImageBitmap} bitmap whether this painter can take it */
  takes(bitmap) {
    return Math.max(bitmap.width, bitmap.height) <= this.limit && !this.gl.isContextLost();
  }

  /**
   * Bring an image to the graphics memory before it is needed.
   * @param {ImageBitmap} bitmap
   */
  prepare(bitmap) {
    const { gl } = this;
    let texture = this.textures.get(bitmap);
    if (texture) this.textures.delete(bitmap); // to the end: the newest used
    else {
      texture = /** @type {WebGLTexture} */ (gl.createTexture());
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    }
    this.textures.set(bitmap, texture);
    for (const [old, unused] of this.textures) {
      if (this.textures.size <= KEPT) break;
      this.textures.delete(old);
      gl.deleteTexture(unused);
    }
    return texture;
  }

  clear() {
    this.gl.clearColor(0, 0, 0, 0);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
  }

  /**
   * @param {ImageBitmap} bitmap
   * @param {import("./view.js").View} view
   * @param {Adjust} adjust
   * @param {Lens} lens
   */
  paint(bitmap, view, adjust, lens) {
    const { gl, at } = this;
    const { width, height } = view.canvas;
    gl.bindTexture(gl.TEXTURE_2D, this.textures.get(bitmap) ?? this.prepare(bitmap));
    gl.viewport(0, 0, width, height);
    gl.uniform2f(at.size, bitmap.width, bitmap.height);
    gl.uniform2f(at.origin, view.origin.x, view.origin.y);
    gl.uniform2f(at.canvas, width, height);
    gl.uniform4f(at.lens, lens?.x ?? 0, lens?.y ?? 0, lens?.radius ?? 0, lens?.factor ?? 1);
    gl.uniform1f(at.scale, view.scale);
    gl.uniform1f(at.brightness, adjust.brightness);
    gl.uniform1f(at.contrast, adjust.contrast);
    gl.uniform1f(at.gamma, adjust.gamma);
    gl.uniform1i(at.green, Number(adjust.green));
    gl.uniform1i(at.invert, Number(adjust.invert));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}

/** @param {WebGL2RenderingContext} gl @returns whether the processor would have to play the graphics card */
function isSoftware(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return SOFTWARE.test(name);
}

/** @param {WebGL2RenderingContext} gl @param {number} kind @param {string} source */
function compiled(gl, kind, source) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "");
  return shader;
}
