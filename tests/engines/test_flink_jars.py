"""What a job sends to a Flink cluster besides itself."""

import subprocess
from pathlib import Path

from tests.servers import ROOT

JAR = ROOT / ".flink" / "flink-1.jar"
SENT = """
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.construction.resources.PipelineResources;

class Sent {
    public static void main(String[] arguments) {
        PipelineResources.detectClassPathResourcesToStage(Sent.class.getClassLoader(), PipelineOptionsFactory.create())
            .forEach(System.out::println);
    }
}
"""
"""Asks Beam what its job server would send."""


def test_no_jar_is_sent_that_the_cluster_has(tmp_path):
    source = tmp_path / "Sent.java"
    source.write_text(SENT)
    sent = subprocess.run(["java", "-cp", JAR, source], check=True, capture_output=True, text=True).stdout.splitlines()
    assert [Path(path) for path in sent] == [JAR]  # the list of the jars, 4 kB
