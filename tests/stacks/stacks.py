"""The stacks: how each is installed, and the command that runs a handler in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "stacks"
NODE = WORK / "node"
PYTHON = WORK / "python" / "bin" / "python"
AXUM = WORK / "axum"
# What Debian has, and the program that shows that it is there.
DEBIAN = {"php": "php-cli", "ruby": "ruby", "go": "golang-go", "javac": "default-jdk-headless"}
RUBY_LIBRARIES = ["ruby-sinatra", "puma"]
JAVA_LIBRARIES = ["libspring-web-java", "libspring-core-java", "libjackson2-databind-java"]
JARS = ["spring3-web.jar", "spring3-core.jar", "jackson-databind.jar", "jackson-core.jar", "jackson-annotations.jar"]


@dataclass
class Stack:
    """A framework, the file that `init` writes for it, and the command that serves a file at a port."""

    name: str
    file: str
    command: callable
    environment: dict = field(default_factory=dict)
    # Whether the handler itself says that its port is in use.
    names_the_port: bool = False


def node(file, port):
    return ["node", file, port]


def tsx(file, port):
    return [NODE / "node_modules" / ".bin" / "tsx", file, port]


def hono(file, port):
    return [NODE / "node_modules" / ".bin" / "tsx", NODE / "hono.mjs", file, port]


def function_url(file, port):
    return ["node", HERE / "lambda" / "serve.mjs", file, port]


def python(file, port):
    return [PYTHON, file, port]


def workerd(file, port):
    config = file.with_name("config.capnp")
    text = (HERE / "worker" / "config.capnp").read_text()
    config.write_text(text.replace("PORT", str(port)).replace("FILE", file.name))
    return [NODE / "node_modules" / "workerd" / "bin" / "workerd", "serve", config]


def next_server(file, port):
    """A production build of an application that consists of this route."""
    application = file.parent
    route = application / "app" / "webhook" / "route.ts"
    route.parent.mkdir(parents=True)
    shutil.move(file, route)
    (application / "app" / "layout.tsx").write_text(
        "export default function Layout({ children }: { children: React.ReactNode }) {\n"
        "  return <html><body>{children}</body></html>;\n}\n"
    )
    (application / "app" / "page.tsx").write_text("export default function Page() {\n  return <p>here</p>;\n}\n")
    (application / "package.json").write_text('{"name": "application", "private": true}\n')
    modules = application / "node_modules"
    modules.symlink_to(NODE / "node_modules")
    (application / "next.config.mjs").write_text(
        f"export default {{ turbopack: {{ root: {str(NODE)!r} }}, outputFileTracingRoot: {str(NODE)!r} }};\n"
    )
    return [modules / ".bin" / "next", "dev", application, "--port", port, "--hostname", "127.0.0.1"]


def ruby(file, port):
    return ["ruby", file, port]


def php(file, port):
    return ["php", "-S", f"127.0.0.1:{port}", file]


def go(file, port):
    program = file.with_suffix("")
    run(["go", "build", "-o", program, file])
    return [program, port]


def java(file, port):
    return ["java", "-XX:TieredStopAtLevel=1", file, port]


def axum(file, port):
    return [AXUM / "target" / "debug" / "webhook", port]


STACKS = [
    Stack("express", "webhook.mjs", node, names_the_port=True),
    Stack("next", "route.ts", next_server),
    Stack("hono", "webhook.ts", hono),
    Stack("fastify", "webhook.mjs", node, names_the_port=True),
    Stack("nest", "webhook.ts", tsx, names_the_port=True),
    Stack("worker", "webhook.mjs", workerd),
    Stack("fastapi", "webhook.py", python, names_the_port=True),
    Stack("flask", "webhook.py", python, names_the_port=True),
    Stack("django", "webhook.py", python, names_the_port=True),
    Stack("php", "webhook.php", php, {"PHP_CLI_SERVER_WORKERS": "4"}),
    Stack("sinatra", "webhook.rb", ruby, names_the_port=True),
    Stack("java", "Webhook.java", java, names_the_port=True),
    Stack("go", "webhook.go", go, {"GOFLAGS": "-mod=mod", "GO111MODULE": "off"}, names_the_port=True),
    Stack("lambda", "webhook.mjs", function_url),
    Stack("axum", "webhook.rs", axum, names_the_port=True),
]


# Installing


def install(mh_hook):
    install_debian()
    install_python()
    install_node()
    build_axum(mh_hook)


def install_debian():
    missing = [package for program, package in DEBIAN.items() if shutil.which(program) is None]
    libraries = subprocess.run(["ruby", "-e", "require 'sinatra/base'; require 'puma'"], stderr=subprocess.DEVNULL)
    if shutil.which("ruby") is None or libraries.returncode != 0:
        missing += RUBY_LIBRARIES
    if not all(Path("/usr/share/java", jar).exists() for jar in JARS):
        missing += JAVA_LIBRARIES
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=environment)


def install_python():
    requirements = HERE / "python" / "requirements.txt"

    def install():
        run([sys.executable, "-m", "venv", "--clear", PYTHON.parent.parent])
        run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements])
        run([PYTHON, "-m", "pip", "check"])

    once_per_content(PYTHON.parent.parent, [requirements], install)


def install_node():
    NODE.mkdir(parents=True, exist_ok=True)
    names = ["package.json", "package-lock.json", "tsconfig.json", "hono.mjs"]
    for name in names:
        shutil.copyfile(HERE / "node" / name, NODE / name)

    def install():
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NODE)

    once_per_content(NODE, [NODE / "package-lock.json"], install)


def compilations(mh_hook):
    """What is compiled besides: a compiler sees more than a run does, or there is nothing here to run it."""
    types = NODE / "runs" / "types"
    spring = WORK / "spring"
    for place in (types, spring):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    sources = [write(mh_hook, name, types / f"{name}.ts") for name in ("next", "hono", "nest")]
    options = json.loads((HERE / "node" / "tsconfig.json").read_text())
    (types / "tsconfig.json").write_text(json.dumps({**options, "files": [str(source) for source in sources]}))
    (types / "package.json").write_text('{"type": "module"}\n')
    controller = write(mh_hook, "spring", spring / "WebhookController.java")
    classes = ":".join(f"/usr/share/java/{jar}" for jar in JARS)
    stubs = sorted((HERE / "spring").rglob("*.java"))
    return [
        ("next, hono and nest: TypeScript finds no mistake", [NODE / "node_modules" / ".bin" / "tsc", "--project", types]),
        ("spring: compiles", ["javac", "-Werror", "-cp", classes, "-d", spring / "classes", controller, *stubs]),
    ]


def write(mh_hook, framework, file):
    run([mh_hook, "init", framework, file], stderr=subprocess.DEVNULL)
    return file


def build_axum(mh_hook):
    AXUM.mkdir(parents=True, exist_ok=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copyfile(HERE / "axum" / name, AXUM / name)
    (AXUM / "webhook.rs").unlink(missing_ok=True)
    run([mh_hook, "init", "axum", AXUM / "webhook.rs"], stderr=subprocess.DEVNULL)
    run(["cargo", "build", "--quiet", "--locked"], cwd=AXUM, env={**os.environ, "CARGO_TARGET_DIR": str(AXUM / "target")})


def once_per_content(work, wanted, install):
    """Installs unless the same list was installed before; the stamp is written last, so that half of it never counts."""
    stamp = work / "installed"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in wanted)).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        install()
        stamp.write_text(digest)


def run(command, **options):
    subprocess.run([str(part) for part in command], check=True, **{"stdout": subprocess.DEVNULL, **options})
