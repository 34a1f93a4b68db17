#!/usr/bin/env bash
# The whole program on small data, as people use it: every command as a table and as JSON, and what it says checked.
# Run it with "npm run tour", which builds first. CNNZOO names another program than the built one.
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
read -r -a program <<<"${CNNZOO:-node $root/bin/cnnzoo.js}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset NO_COLOR FORCE_COLOR CNNZOO_DATA
export LANG=C.UTF-8 XDG_CACHE_HOME=$work/cache
passed=0
failed=0

# Runs a command line; keeps what it wrote and its exit code.
zoo() {
  line="cnnzoo $*"
  "${program[@]}" "$@" >out 2>err </dev/null
  code=$?
}

ok() { passed=$((passed + 1)); }

bad() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n  %s\n' "$line" "$1"
  sed 's/^/  out: /' out | head -20
  sed 's/^/  err: /' err | head -20
}

# The last command ended with this exit code.
exits() { if [ "$code" = "$1" ]; then ok; else bad "exit code $code instead of $1"; fi; }

# Its standard output, or with "err" before it its standard error, has a line that matches.
says() {
  local file=out
  if [ "$1" = err ]; then file=err; shift; fi
  if grep -qE -- "$1" "$file"; then ok; else bad "no line of std$file matches: $1"; fi
}

# Its standard output is JSON of which an expression in JavaScript holds; it is called "it", of JSON lines a list.
holds() {
  if node -e '
    const text = require("fs").readFileSync("out", "utf8");
    let it;
    try { it = JSON.parse(text); } catch { it = text.trim().split("\n").map((line) => JSON.parse(line)); }
    process.exit(eval(process.argv[1]) ? 0 : 1);
  ' "$1" 2>>err; then ok; else bad "does not hold: $1"; fi
}

# A file is there and is as large as it should be at least.
file() {
  if [ -f "$1" ] && [ "$(wc -c <"$1")" -ge "${2:-1}" ]; then ok; else bad "no file $1 of ${2:-1} bytes"; fi
}

echo '== what there is'
zoo list; exits 0; says '^lenet5 .* 61,706 '
zoo list --json; exits 0; holds 'it.find((m) => m.name === "lenet5").params === 61706'
zoo list --format csv; says '^name,title,year,input,classes,layers,params,macs,dataset$'
zoo summary mnist-basic --no-top; exits 0; says '^conv2d_1 +conv2d +26x26x32 +320 '; says '^Total +55,744'
zoo summary mnist-basic --json; exits 0; holds 'it.totals.params === 93322 && it.layers[0].outputShape.join() === "26,26,32"'
zoo summary lenet5 --explain; says 'parameters: \(5 x 5 x 1 \+ 1\) x 6 = 156'; says 'as a dense layer: '
zoo summary lenet5 --columns name,kernel,denseWeights --batch-size 64; exits 0; says '^conv2d_1 +5x5x1x6 +4,816,896'; says 'a training step on 64 images'
zoo summary lenet5 --columns name,kernl; exits 2; says err 'Did you mean "kernel"'
zoo studio; exits 2; says err 'The studio needs a terminal'
zoo doctor; exits 0; says '^.*onnx.*cpu'
zoo doctor --json; exits 0; holds 'it.some((finding) => finding.state === "works" || finding.state === "ok")'

echo '== data'
zoo datasets; exits 0; says '^digits '; says '^mnist '
zoo datasets --json; exits 0; holds 'it.length >= 5'
zoo datasets show digits --out digits.png; exits 0; file digits.png 1000
zoo datasets shwo; exits 2; says err 'Did you mean "show"\?'

echo '== training'
zoo train lenet5 --dataset digits --limit 600 --epochs 2 --validation-split 0.1 --seed 3 --run-dir runs/lenet5
exits 0; says '^test accuracy +[0-9.]+ %'; says '^run folder +runs/lenet5'; says err 'epoch +2/2|epoch 2'
zoo train mnist-basic --dataset digits --limit 600 --epochs 1 --run-dir runs/basic --json
exits 0; holds 'it[0].event === "start" && it[0].dataset === "digits" && it.at(-1).event === "end" && it.at(-1).testAccuracy > 0.2'
zoo train --resume runs/lenet5; exits 2; says err 'all 2 epochs are done'
zoo train --resume runs/lenet5 --epochs 3; exits 0; says '^trained +3 epochs'
zoo train lenet5 --dataset nowhere; exits 2; says err 'nowhere'
zoo train lenet5 --epochs none; exits 2; says err '^--epochs none: '

echo '== how good it is'
zoo evaluate runs/lenet5; exits 0; says '^lenet5 on digits: '; says '^accuracy +[0-9.]+ %'; says '^Confusion'
zoo evaluate runs/lenet5 --json; exits 0; holds 'it.perClass.length === 10 && it.confusion.flat().reduce((a, b) => a + b) === it.images'
zoo evaluate runs/lenet5 --min accuracy=0.9999; exits 3; says err 'The accuracy is only'
zoo evaluate runs/lenet; exits 2; says err 'Did you mean runs/lenet5\?'
# Its number of epochs was changed on the way, and with it the schedule of its learning rate.
zoo rerun runs/lenet5; exits 0; says '^epochs: 2 up to epoch 2, then 3 the first time, now 3$'
zoo rerun runs/basic --json; exits 0; holds 'it.identical && it.maxDifference === 0 && it.tensors.length > 5'

echo '== pictures of digits'
# A one: a stroke of light on black, and one of ink on paper.
node -e '
  const sharp = require(process.argv[1] + "/node_modules/sharp");
  const draw = (ground, stroke, name) =>
    sharp({ create: { width: 28, height: 28, channels: 3, background: ground } })
      .composite([{ input: { create: { width: 3, height: 20, channels: 3, background: stroke } }, left: 13, top: 4 }])
      .png().toFile(name);
  Promise.all([draw("#000", "#fff", "one.png"), draw("#fff", "#000", "ink.png")]);
' "$root"
zoo predict runs/lenet5 one.png; exits 0; says 'one.png'; says '[0-9.]+ %'
zoo predict runs/lenet5 one.png ink.png --invert --json; exits 0
holds 'it.images.length === 2 && Math.abs(it.images[0].predictions.reduce((s, p) => s + p.probability, 0) - 1) < 0.5'
zoo predict runs/lenet5 missing.png; exits 1; says err 'missing.png'
zoo predict runs/lenet5 runs/lenet5/config.yaml; exits 1; says err 'is no JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file'

echo '== side by side'
zoo compare lenet5 mnist-basic runs/lenet5; exits 0; says '^lenet5 .*61,706'
zoo compare googlenet alexnet alexnet --sort params:desc; exits 0; says "^Parameters, against alexnet's 62,378,344: googlenet 1/8.9"; says 'alexnet is named twice'
zoo compare runs/lenet5 runs/basic --json; exits 0
holds 'it.rows.length === 2 && it.rows.every((row) => row.kind === "run" && row.dataset === "digits" && row.testAccuracy > 0.2)'
zoo compare lenet5 mnist-basic --columns name,parms; exits 2; says err 'params'
zoo compare lenet5 mnist-mlp --train --dataset digits --limit 300 --epochs 1 --seeds 2 --run-dir runs/both --json
exits 0; holds 'it.rows.length >= 2 && JSON.stringify(it).includes("mnist-mlp")'

echo '== to look at'
zoo visualize filters runs/basic --out filters.png; exits 0; file filters.png 1000; says '^mnist-basic: 32 filters of conv2d_1'
zoo visualize filters lenet5 --json; exits 0; holds 'it.filters.length === 6 && it.filters[0].after === null'
zoo visualize features runs/lenet5 one.png --layer conv2d_2 --out maps.svg; exits 0; file maps.svg 1000; says 'conv2d_2 \(conv2d\): 16 maps of 10x10'
zoo visualize features runs/lenet5 one.png --json; exits 0; holds 'it.layer === "conv2d_1" && it.outputShape.join() === "28,28,6" && it.maps.length === 6'
zoo visualize features runs/lenet5 one.png --layer conv_2; exits 2; says err 'Did you mean "conv2d_2"\? Its layers are '
zoo visualize lines digits.png --out lines.png; exits 0; file lines.png 1000; says '^horizontal line of ones'
zoo visualize lines digits.png --json; exits 0; holds 'it.filters[0].kernel.every((row) => row.join("") === "0001000")'
zoo visualize convolve digits.png one.png --kernel sobel-x --out edges.png; exits 0; file edges.png 1000; says '^sobel-x'
zoo visualize convolve digits.png --from runs/lenet5 --filters 0,2 --json; exits 0; holds 'it.images[0].maps.length === 2'
zoo visualize responses runs/lenet5 --layer conv2d_2 --limit 50 --json; exits 0
holds 'it.channels.length === 16 && it.channels[0].top.length === 9 && it.receptiveField.join() === "14,14"'
zoo visualize responses runs/lenet5 --channels 6 --limit 50; exits 2; says err 'has 6 channels, numbers 0 to 5'
zoo visualize gradcam runs/lenet5 one.png --out gradcam.png; exits 0; file gradcam.png 1000; says 'avgPool2d_2, 16 maps of 5x5'
zoo visualize gradcam runs/lenet5 one.png --class 1 --layer conv2d_1 --json; exits 0; holds 'it.label === "1" && it.weights.length === 6 && it.map.length === 28'
zoo visualize gradcam mnist-mlp one.png; exits 2; says err 'has no layer with maps'
zoo visualize occlusion runs/lenet5 one.png --out evidence.png; exits 0; file evidence.png 1000; says 'at worst, under a square of 7x7'
zoo visualize mistakes runs/lenet5 --worst 3 --json; exits 0; holds 'it.mistakes.every((one) => one.label !== one.predicted)'
zoo visualize architecture lenet5 --out lenet5.mmd; exits 0; file lenet5.mmd 300
zoo robustness runs/lenet5 runs/basic --shift 0,2 --limit 100 --out shifts.svg; exits 0; file shifts.svg 1000; says 'runs/basic +shift +2 '
zoo visualize history runs/lenet5 runs/basic --out history.svg; exits 0; file history.svg 1000; says '^runs/lenet5 +3 '
zoo visualize history runs/lenet5 --json; exits 0; holds 'it.runs[0].epochs.length === 3 && it.runs[0].epochs[2].validationLoss > 0'
zoo visualize architecture googlenet --out googlenet.svg; exits 0; file googlenet.svg 10000; says 'concatenate +28x28x256'
zoo visualize architecture resnet50 --json; exits 0; holds 'it.layers.length > 150 && it.layers[0].inputs[0] === "input"'
zoo visualize history runs/lenet5 --out nowhere/history.png; exits 2; says err 'there is no folder nowhere'

echo '== to take away'
zoo export runs/lenet5 --to onnx --out lenet5.onnx; exits 0; file lenet5.onnx 200000
zoo export runs/lenet5 --to tfjs --out web --json; exits 0; holds 'it.files.length >= 2 && it.model === "lenet5"'; file web/model.json
zoo export runs/lenet5 --to safetensors --out lenet5.safetensors --json; exits 0; holds 'it.files[0].bytes > 240000'
zoo export runs/lenet5 --to onxx --out x; exits 2; says err 'Did you mean onnx\?'

echo '== lessons'
zoo lesson --lang en; exits 0; says '^convnet-and-dense +A convnet and a dense net '
zoo lesson --lang ko --json; exits 0; holds 'it.some((lesson) => lesson.title === "합성곱 신경망과 완전 연결 신경망")'
zoo lesson convnet-and-dense --quick --auto --lang en; exits 0; says '^── Step 8 of 8 '; says '^All [0-9]+ figures hold\.$'; file lessons/convnet-and-dense/convnet/run.json
zoo lesson convnet-and-dens; exits 2; says err 'Did you mean "convnet-and-dense"\?'

echo '== how fast it is'
zoo bench mnist-mlp --steps 3 --batch-size 8; exits 0; says '^mnist-mlp '
zoo bench mnist-mlp --steps 3 --batch-size 8 --scaling --rounds 1; exits 0; says '^mnist-mlp infer, batch 8: [0-9]+ thread'
zoo bench mnist-mlp --steps 3 --batch-size 8 --mode infer --json; exits 0; holds 'it[0].mode === "infer" && it[0].msPerStep > 0'

echo '== for the shell'
zoo completion bash; exits 0; says '^complete -F _cnnzoo cnnzoo$'
zoo completion zsh -- train lenet; exits 0; says '^lenet5$'
zoo completion zsh -- apply lenet5 --layer avg; exits 0; says '^avgPool2d_2$'
zoo completion fish --json -- visualize f; exits 0; holds 'it.map((candidate) => candidate.value).join() === "filters,features"'
zoo lits; exits 2; says err 'Did you mean "list"\?'
zoo summary lenet5 --fromat json; exits 2; says err 'Did you mean --format\?'

printf '%s checks passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
