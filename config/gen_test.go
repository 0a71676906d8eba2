package config_test
import ("testing";"fmt";"os";"path/filepath";"strings";"kigen/config")
func TestGen(t *testing.T){
 fs,_:=filepath.Glob("testdata/bad/*.yaml")
 for _,f:=range fs {
  data,_:=os.ReadFile(f)
  name:=filepath.Base(f)
  _,err:=config.Parse(name,data,nil)
  if err==nil { fmt.Println("!!! NO ERROR", f); continue}
  n:=len(strings.Split(err.Error(),"\n"))
  _,err=config.Parse(name,[]byte(strings.Repeat("#\n",n)+string(data)),nil)
  fmt.Println(err)
  if os.Getenv("WRITE")!="" {
   out:=""
   for _,l:=range strings.Split(err.Error(),"\n") { out+="# want: "+l+"\n" }
   os.WriteFile(f,[]byte(out+string(data)),0644)
  }
 }
}
